import type { PipelineEvent } from '../pipeline-runner/pipeline-run.ts'
import { seconds, table } from '../pipeline-runner/print-run.ts'
import type { Outcome } from './outcome.ts'

/** Prints what happens, with the time since the start in front. */
export class Screen {
  private readonly started = Date.now()
  private told = { state: '', at: 0 }
  private lastProgress = ''

  heading(text: string): void {
    console.log(`\n${text}\n${'='.repeat(text.length)}`)
  }

  say(text: string): void {
    console.log(`${seconds(Date.now() - this.started).padStart(7)}  ${text}`)
  }

  /** Steps, what they print, and how they end; the boilerplate of an agent is left out. */
  show(event: PipelineEvent): void {
    if (event.kind === 'step') this.say(`> ${event.displayName}`)
    if (event.kind === 'line' && !this.isTold(event.line)) this.say(`    ${event.line}`)
    if (event.kind === 'progress') this.progress(event.text)
    if (event.kind !== 'stepDone') return
    const { result, message, durationMs } = event.run
    this.say(`  ${mark(result)} ${result} in ${seconds(durationMs)}${message === '' ? '' : `: ${message}`}`)
  }

  /** A task says its progress twice: beside its step, which is shown live here, and now and then in its log. */
  private isTold(line: string): boolean {
    return line.trim() === '' || line === this.lastProgress
  }

  /** A wait that goes on unchanged is told every five seconds. */
  private progress(text: string): void {
    const state = text.replace(/ Waited .*$/, '')
    this.lastProgress = text
    const now = Date.now()
    if (text === '' || (state === this.told.state && now - this.told.at < 5000)) return
    this.told = { state, at: now }
    this.say(`    … ${text}`)
  }

  table(outcome: Outcome): void {
    const slots = outcome.slots.map(({ slot, version, hub }) => [slot, version, hub])
    this.lines(table([['Slot', 'Version', 'Task hub'], ...slots]))
    const total = { started: 0, finished: 0, lost: outcome.vanished, strayed: 0 }
    const rows = outcome.hubs.map(({ version, hub, started, finished, lost, onAnotherVersion, leftovers }) => {
      total.started += started
      total.finished += finished
      total.lost += lost
      total.strayed += onAnotherVersion
      const state = leftovers.length === 0 ? 'deleted' : 'in use'
      return [version, hub, state, ...[started, finished, lost, onAnotherVersion].map(String)]
    })
    const sums = [total.started, total.finished, total.lost, total.strayed].map(String)
    const heading = ['Version', 'Task hub', 'State', 'Started', 'Finished', 'Lost', 'On another version']
    this.lines(table([heading, ...rows, ['all', '', '', ...sums]]))
  }

  private lines(lines: readonly string[]): void {
    console.log(['', ...lines].join('\n'))
  }
}

function mark(result: string): string {
  return result === 'Succeeded' || result === 'SucceededWithIssues' ? '✓' : '✗'
}
