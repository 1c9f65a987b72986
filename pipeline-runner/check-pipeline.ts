import { checkConnections, findTask } from './find-task.ts'
import type { Pipeline } from './pipeline.ts'
import type { RunOptions } from './pipeline-run.ts'
import { runtimeExpression } from './read-expression.ts'
import { Variables } from './variables.ts'

/**
 * Finds every task and service connection before the first step runs, as the service does when a run is queued.
 * @throws Error for the first that is not there, with its line.
 */
export function checkPipeline({ variables: outer, stages }: Pipeline, options: RunOptions): void {
  for (const stage of stages) {
    for (const job of stage.jobs) {
      const variables = new Variables()
      for (const { name, value } of [...outer, ...stage.variables, ...job.variables]) {
        if (runtimeExpression(value) === undefined) variables.set(name, value)
      }
      for (const [name, value] of Object.entries(options.variables ?? {})) variables.set(name, value)
      for (const step of job.steps) {
        if (step.kind !== 'task') continue
        const { definition } = findTask(step, options.tasks)
        checkConnections(step, definition, { variables, connections: options.connections ?? [] })
      }
    }
  }
}
