import type { Scope, StatusCheck, Tree } from './expressions/evaluate.ts'
import type { TaskResult } from './agent/task-run.ts'

/** A job or stage that has run, or was skipped. */
export type Finished = {
  readonly name: string
  readonly dependsOn: readonly string[]
  readonly result: TaskResult
  readonly outputs: Readonly<Record<string, string>>
}

/**
 * Answers the status functions of a job or stage: they look at everything it depends on, near and far, or at the ones
 * named (Azure Pipelines docs, "Expressions", job status check functions).
 */
export function dependencyStatus(
  dependsOn: readonly string[],
  finished: readonly Finished[],
  cancelled: () => boolean,
): NonNullable<Scope['status']> {
  return (check, names) => {
    const looked = names.length > 0 ? named(names, finished) : ancestors(dependsOn, finished)
    return holds(
      check,
      looked.map(({ result }) => result),
      cancelled(),
    )
  }
}

/** The status functions of a step look at the job so far. */
export function jobStatus(result: () => TaskResult, cancelled: () => boolean): NonNullable<Scope['status']> {
  return (check, names) => {
    if (names.length > 0) throw new Error(`'${check}' takes no names in the condition of a step.`)
    return holds(check, [result()], cancelled())
  }
}

/** `dependencies` as a job or stage sees it: only what it depends on directly. */
export function dependencyTree(dependsOn: readonly string[], finished: readonly Finished[]): Tree {
  return Object.fromEntries(named(dependsOn, finished).map(({ name, result, outputs }) => [name, { result, outputs }]))
}

function holds(check: StatusCheck, results: readonly TaskResult[], cancelled: boolean): boolean {
  const good = results.every((result) => result === 'Succeeded' || result === 'SucceededWithIssues')
  switch (check) {
    case 'always':
      return true
    case 'canceled':
      return cancelled
    case 'succeeded':
      return good && !cancelled
    case 'failed':
      return results.includes('Failed') && !cancelled
    case 'succeededOrFailed':
      return !cancelled && results.every((result) => result !== 'Canceled' && result !== 'Skipped')
  }
}

function named(names: readonly string[], finished: readonly Finished[]): Finished[] {
  return names.flatMap((name) => finished.filter((item) => item.name.toLowerCase() === name.toLowerCase()))
}

function ancestors(dependsOn: readonly string[], finished: readonly Finished[]): Finished[] {
  const near = named(dependsOn, finished)
  return [...new Set([...near, ...near.flatMap((item) => ancestors(item.dependsOn, finished))])]
}
