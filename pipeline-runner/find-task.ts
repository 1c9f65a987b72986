import type { Execute } from './agent/handler.ts'
import { startHandler } from './agent/handler.ts'
import { findConnection } from './agent/service-connection.ts'
import type { ServiceConnection } from './agent/service-connection.ts'
import type { TaskDefinition } from './agent/task-definition.ts'
import type { Step, TaskStepEntry } from './pipeline.ts'
import { azureFunctionApp } from './stand-ins/azure-function-app.ts'
import { script } from './stand-ins/script.ts'
import type { Variables } from './variables.ts'
import type { TaskIndex } from './vsix.ts'

export type Runnable = { readonly definition: TaskDefinition; readonly execute: Execute; readonly notice: string }

const standIns = [azureFunctionApp, script]

/**
 * The task that a step names: one of the packages', else a stand-in.
 * @throws Error when there is neither, or when a stand-in does not know an input.
 */
export function findTask(step: TaskStepEntry, tasks: TaskIndex): Runnable {
  const definition = tasks.find(step.task)
  if (definition) return { definition, execute: startHandler, notice: '' }
  const standIn = standIns.find(
    ({ definition: { name, major } }) => `${name}@${major}`.toLowerCase() === step.task.toLowerCase(),
  )
  if (!standIn) {
    const known = [...tasks.names(), ...standIns.map(({ definition: { name, major } }) => `${name}@${major}`)].join(
      ', ',
    )
    throw new Error(`Task '${step.task}' (line ${step.line}) is not known to the local runner, which has ${known}.`)
  }
  const inputs = [...standIn.definition.inputs.map(({ name }) => name), ...standIn.withoutEffect]
  const strange = Object.keys(step.inputs).find((name) => !inputs.includes(name))
  if (strange !== undefined) {
    throw new Error(`Input '${strange}' of '${step.task}' (line ${step.line}) is not understood by the local runner.`)
  }
  return standIn
}

/** Whether the task that a step names has a part at the end of the job. */
export function hasPostJob(step: Step, tasks: TaskIndex): step is TaskStepEntry {
  return step.kind === 'task' && findTask(step, tasks).definition.postJob !== undefined
}

/**
 * Finds every service connection that a step names in place, as the service does before a run starts.
 * @throws Error for one that is not there; a value whose macros are not known yet is left for later.
 */
export function checkConnections(
  step: TaskStepEntry,
  definition: TaskDefinition,
  { variables, connections }: { variables: Variables; connections: readonly ServiceConnection[] },
): void {
  const inputs = definition.inputs.filter(({ type }) => type.toLowerCase().startsWith('connectedservice:'))
  for (const { name } of inputs) {
    const given = Object.entries(step.inputs).find(([input]) => input.toLowerCase() === name.toLowerCase())?.[1] ?? ''
    const value = variables.expand(given).trim()
    if (value === '' || value.includes('$(') || findConnection(connections, value)) continue
    throw new Error(
      `Step '${step.name}' (line ${step.line}) names the service connection '${value}', which was not given.`,
    )
  }
}
