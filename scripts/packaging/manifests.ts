/** The parts of task.json and vss-extension.json that the build reads. What is absent in the file is absent here. */

export type TaskInput = {
  readonly name: string
  readonly type: string
  readonly label?: string
  readonly required?: boolean | string
  readonly defaultValue?: string | boolean | number
  readonly helpMarkDown?: string
  readonly visibleRule?: string
  readonly groupName?: string
  readonly aliases?: readonly string[]
  readonly options?: Readonly<Record<string, string>>
  readonly properties?: Readonly<Record<string, string>>
}

export type TaskGroup = {
  readonly name: string
  readonly displayName?: string
  readonly isExpanded?: boolean
  readonly visibleRule?: string
}

export type DataSourceBinding = {
  readonly target: string
  readonly endpointId?: string
  readonly dataSourceName?: string
  readonly endpointUrl?: string
  readonly resultSelector?: string
  readonly resultTemplate?: string
  readonly parameters?: Readonly<Record<string, string>>
}

export type TaskOutput = { readonly name: string; readonly description?: string }

export type TaskVersion = { readonly Major: number; readonly Minor: number; readonly Patch: number }

export type TaskManifest = {
  readonly id: string
  readonly name: string
  readonly friendlyName: string
  readonly description: string
  readonly helpMarkDown?: string
  readonly helpUrl?: string
  readonly category?: string
  readonly author?: string
  readonly visibility?: readonly string[]
  readonly runsOn?: readonly string[]
  readonly version: TaskVersion
  readonly minimumAgentVersion?: string
  readonly instanceNameFormat?: string
  readonly groups?: readonly TaskGroup[]
  readonly inputs?: readonly TaskInput[]
  readonly outputVariables?: readonly TaskOutput[]
  readonly dataSourceBindings?: readonly DataSourceBinding[]
  readonly execution: Readonly<Record<string, unknown>>
  /** What the task does at the end of its job; the agent starts it whatever became of the job. */
  readonly postjobexecution?: Readonly<Record<string, unknown>>
  readonly messages?: Readonly<Record<string, string>>
}

export type Contribution = {
  readonly id: string
  readonly type: string
  readonly targets?: readonly string[]
  readonly properties?: { readonly name?: string }
}

export type PackagedFile = { readonly path: string; readonly addressable?: boolean; readonly packagePath?: string }

export type ExtensionManifest = {
  readonly manifestVersion: number
  readonly id: string
  readonly name: string
  readonly publisher: string
  readonly version?: string
  readonly description?: string
  readonly public?: boolean
  readonly targets?: readonly { readonly id: string }[]
  readonly categories?: readonly string[]
  readonly tags?: readonly string[]
  readonly icons?: { readonly default?: string }
  readonly content?: Readonly<Record<string, { readonly path: string }>>
  readonly links?: Readonly<Record<string, { readonly uri: string }>>
  readonly scopes?: readonly string[]
  readonly contributions?: readonly Contribution[]
  readonly files?: readonly PackagedFile[]
}
