import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type TaskInput = { readonly name: string; readonly type: string; readonly defaultValue: string }

/** A Node handler with the script it starts. */
export type TaskHandler = { readonly name: string; readonly target: string; readonly workingDirectory: string }

/** What the agent reads of a task.json. */
export type TaskDefinition = {
  readonly folder: string
  readonly id: string
  readonly name: string
  readonly friendlyName: string
  readonly major: number
  readonly inputs: readonly TaskInput[]
  readonly outputVariables: readonly string[]
  /** The handler of `execution` that an agent prefers. */
  readonly handler: TaskHandler
  /** That of `postjobexecution`; undefined: the task has no part at the end of the job. */
  readonly postJob: TaskHandler | undefined
  /** Patterns of the variables the task may set; undefined means all. */
  readonly settableVariables: readonly string[] | undefined
  readonly restrictedCommands: boolean
}

/** Lowest priority number first (azure-pipelines-agent TaskManager.cs); Node 6 and 10 are gone from current agents. */
const handlers = ['Node24', 'Node20_1', 'Node16']

/**
 * Reads `<folder>/task.json`.
 * @throws Error when the file cannot be read or the task has no handler that runs here, saying which it has.
 */
export function readTaskDefinition(folder: string): TaskDefinition {
  const task = record(JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')))
  const name = text(task['name'])
  const restrictions = record(task['restrictions'])
  const allowed = record(restrictions['settableVariables'])['allowed']
  return {
    folder,
    id: text(task['id']),
    name,
    friendlyName: text(task['friendlyName']) || name,
    major: Number(record(task['version'])['Major']),
    inputs: list(task['inputs']).map((input) => ({
      name: text(input['name']).trim(),
      type: text(input['type']),
      defaultValue: text(input['defaultValue']).trim(),
    })),
    outputVariables: list(task['outputVariables']).map((output) => text(output['name'])),
    handler: handlerOf(name, record(task['execution'])),
    postJob: 'postjobexecution' in task ? handlerOf(name, record(task['postjobexecution'])) : undefined,
    settableVariables: Array.isArray(allowed) ? allowed.map(text) : undefined,
    restrictedCommands: text(record(restrictions['commands'])['mode']).toLowerCase() === 'restricted',
  }
}

function handlerOf(task: string, execution: JsonRecord): TaskHandler {
  const name = handlers.find((candidate) => candidate in execution)
  if (name === undefined) {
    const has = Object.keys(execution).join(', ') || 'none'
    throw new Error(
      `Task '${task}' has no handler that runs on this agent (it has '${has}'); use a task with Node20_1 or Node24.`,
    )
  }
  const chosen = record(execution[name])
  return { name, target: text(chosen['target']), workingDirectory: text(chosen['workingDirectory']) }
}

type JsonRecord = Readonly<Record<string, unknown>>

function record(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null ? (value as JsonRecord) : {}
}

function list(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.map(record) : []
}

/** task.json writes numbers and booleans either bare or quoted. */
function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
}
