/** A pipeline as the runner understands it: stages of jobs of steps, whatever short form the file uses. */
export type Pipeline = { readonly variables: readonly VariableEntry[]; readonly stages: readonly Stage[] }

export type VariableEntry = {
  readonly name: string
  /** May hold macros, or be a runtime expression `$[ … ]`. */
  readonly value: string
  readonly readOnly: boolean
  readonly line: number
}

export type Stage = {
  readonly name: string
  readonly displayName: string
  readonly dependsOn: readonly string[]
  /** Undefined: succeeded(). */
  readonly condition: string | undefined
  readonly variables: readonly VariableEntry[]
  readonly jobs: readonly PipelineJob[]
  readonly line: number
}

export type PipelineJob = {
  readonly name: string
  readonly displayName: string
  /** A deployment job names its outputs after itself and starts with the artifacts of the run. */
  readonly deployment: boolean
  readonly environment: string | undefined
  readonly dependsOn: readonly string[]
  readonly condition: string | undefined
  readonly variables: readonly VariableEntry[]
  readonly steps: readonly Step[]
  readonly line: number
}

export type Step = TaskStepEntry | ScriptStep | PublishStep | DownloadStep | CheckoutStep

type StepBase = {
  /** Under which its outputs are found; the runner gives one where the file does not. */
  readonly name: string
  readonly displayName: string
  readonly condition: string | undefined
  readonly enabled: boolean
  readonly continueOnError: boolean
  /** 0: no limit. */
  readonly timeoutInMinutes: number
  readonly retryCountOnTaskFailure: number
  readonly env: Readonly<Record<string, string>>
  readonly line: number
}

export type TaskStepEntry = StepBase & {
  readonly kind: 'task'
  readonly task: string
  readonly inputs: Readonly<Record<string, string>>
}
export type ScriptStep = StepBase & { readonly kind: 'script'; readonly script: string; readonly shell: 'sh' | 'bash' }
export type PublishStep = StepBase & { readonly kind: 'publish'; readonly path: string; readonly artifact: string }
export type DownloadStep = StepBase & {
  readonly kind: 'download'
  readonly artifact: string | undefined
  readonly skip: boolean
}
export type CheckoutStep = StepBase & { readonly kind: 'checkout' }
