import type { PipelineEvent, PipelineRun, StepRun } from './pipeline-run.ts'

/** The lines of one event, as the console shows them. */
export function eventLines(event: PipelineEvent): string[] {
  switch (event.kind) {
    case 'stage': {
      if (event.stage.displayName === '') return []
      return ['', `Stage ${event.stage.displayName}${event.skipped ? ' (skipped)' : ''}`]
    }
    case 'job': {
      const { displayName, environment } = event.job
      const where = environment === undefined ? '' : ` on environment ${environment}`
      return ['', `Job ${displayName}${where}${event.skipped ? ' (skipped)' : ''}`]
    }
    case 'step':
      return ['', `Starting: ${event.displayName}`]
    case 'line':
      return [`  ${event.line}`]
    case 'progress':
      return event.text === '' ? [] : [`  [${event.percent} %] ${event.text}`]
    case 'stepDone':
      return [`Finishing: ${event.run.displayName}: ${stepSummary(event.run)}`]
  }
}

/** The table at the end of a run: one row a step. */
export function runTable(run: PipelineRun): string[] {
  const rows = run.stages.flatMap((stage) =>
    stage.jobs.flatMap((job) =>
      job.steps.map((step) => [stage.name, job.name, step.displayName, step.result, seconds(step.durationMs)]),
    ),
  )
  return table([['Stage', 'Job', 'Step', 'Result', 'Time'], ...rows])
}

/** Columns as wide as their widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const [heading = [], ...body] = rows
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)]
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function stepSummary({ result, durationMs, message }: StepRun): string {
  const said = message === '' ? '' : ` - ${message}`
  return `${result} (${seconds(durationMs)})${said}`
}
