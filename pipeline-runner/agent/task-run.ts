/** Results in the agent's order; what comes later is worse (DistributedTask TaskResult). */
const worstLast = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled', 'Skipped'] as const

export type TaskResult = (typeof worstLast)[number]

export type Issue = { readonly type: 'error' | 'warning'; readonly message: string }

export type Attachment = { readonly type: string; readonly name: string; readonly text: string }

/** What one run of a task left behind. */
export type TaskRun = {
  /** The step's result as the agent counts it: a cancelled run is Canceled whatever the task said. */
  readonly result: TaskResult
  /** What the task itself said in `task.complete`; undefined when it said nothing. */
  readonly reported: TaskResult | undefined
  /** The text of the last `task.complete`, masked; else the first error; else empty. */
  readonly message: string
  /** Undefined when a signal ended the process. */
  readonly exitCode: number | undefined
  /** What the runner had to send to end the process; empty when it ended by itself. */
  readonly signalsSent: readonly NodeJS.Signals[]
  readonly issues: readonly Issue[]
  /** Output variables by the task's own names, unmasked. */
  readonly outputs: Readonly<Record<string, string>>
  /** Job variables that the task set, unmasked. */
  readonly variables: Readonly<Record<string, string>>
  /** What the task registered as secret while it ran. */
  readonly secrets: readonly string[]
  readonly attachments: readonly Attachment[]
  /** Percent; 0 when the task reported none. */
  readonly progress: number
  /** The lines as the agent passes them on: commands carried out, issues and debug lines tagged, secrets masked. */
  readonly log: string
  /** The lines as the task printed them. Holds secrets. */
  readonly raw: string
  readonly durationMs: number
  readonly attempts: number
}

/** Exactly as written: the agent reads the result with case (`Enum.TryParse`). */
export function parseResult(text: string | undefined): TaskResult | undefined {
  return worstLast.find((result) => result === text)
}

export function worse(current: TaskResult | undefined, coming: TaskResult): TaskResult {
  if (current === undefined) return coming
  return worstLast.indexOf(coming) > worstLast.indexOf(current) ? coming : current
}
