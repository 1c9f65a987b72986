import { resolve } from 'node:path'

import type { Job } from './job.ts'
import type { ServiceConnection } from './service-connection.ts'
import { findConnection } from './service-connection.ts'
import type { TaskDefinition, TaskInput } from './task-definition.ts'

export type ResolvedInputs = {
  readonly values: Readonly<Record<string, string>>
  readonly connections: readonly ServiceConnection[]
}

/**
 * What the task gets for its inputs: defaults of task.json, then what the step gives, trimmed, macros replaced
 * (azure-pipelines-agent TaskRunner.cs). `required` and `visibleRule` count for nothing here, as on the agent.
 */
export function resolveInputs(
  definition: TaskDefinition,
  given: Readonly<Record<string, string>>,
  job: Job,
): ResolvedInputs {
  const named = new Map(definition.inputs.map((input) => [input.name.toLowerCase(), input]))
  const values = new Map(definition.inputs.map(({ name, defaultValue }) => [name, defaultValue]))
  for (const [name, value] of Object.entries(given)) {
    values.set(named.get(name.trim().toLowerCase())?.name ?? name.trim(), value.trim())
  }
  const connections: ServiceConnection[] = []
  for (const [name, value] of values) {
    const input = named.get(name.toLowerCase())
    values.set(name, finish(input, job.variables.expand(value), { job, connections }))
  }
  return { values: Object.fromEntries(values), connections }
}

function finish(
  input: TaskInput | undefined,
  value: string,
  { job, connections }: { job: Job; connections: ServiceConnection[] },
): string {
  const type = input?.type.toLowerCase() ?? ''
  // A file path is made absolute, an empty one too: it becomes the sources folder (BuildJobExtension.cs `GetRootedPath`).
  if (type === 'filepath') return resolve(job.variables.get('System.DefaultWorkingDirectory') ?? '', value)
  if (!type.startsWith('connectedservice:')) return value
  return value
    .split(',')
    .map((name) => {
      const connection = findConnection(job.connections, name)
      if (connection && !connections.includes(connection)) connections.push(connection)
      return connection?.id ?? name
    })
    .join(',')
}
