import type { Execute } from '../agent/handler.ts'
import type { TaskDefinition, TaskInput } from '../agent/task-definition.ts'

/** A task of Azure DevOps itself, whose code is not in the package under test, imitated by the runner. */
export type StandIn = {
  readonly definition: TaskDefinition
  readonly execute: Execute
  /** What the log says before it runs. */
  readonly notice: string
  /** Inputs of the real task that are accepted and have no effect here. */
  readonly withoutEffect: readonly string[]
}

/** A definition without a folder: nothing of it is read from disk. */
export function standInDefinition(name: string, major: number, inputs: readonly TaskInput[]): TaskDefinition {
  return {
    ...{ folder: '', id: '', name, friendlyName: name, major, inputs, outputVariables: [] },
    ...{ handler: { name: 'stand-in', target: '', workingDirectory: '' }, postJob: undefined },
    settableVariables: undefined,
    restrictedCommands: false,
  }
}
