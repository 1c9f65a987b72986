import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

import { unzipSync } from 'fflate'

import type { TaskDefinition } from './agent/task-definition.ts'
import { readTaskDefinition } from './agent/task-definition.ts'

/** The tasks that a pipeline can name, by `Name@major`, by `publisher.extension.contribution.Name@major` and by GUID. */
export class TaskIndex {
  private readonly byName = new Map<string, TaskDefinition>()

  add(definition: TaskDefinition, names: readonly string[]): void {
    for (const name of names) this.byName.set(name.toLowerCase(), definition)
  }

  find(name: string): TaskDefinition | undefined {
    return this.byName.get(name.toLowerCase())
  }

  /** Every `Name@major`, for messages. */
  names(): string[] {
    return [...new Set([...this.byName.values()].map(({ name, major }) => `${name}@${major}`))].sort()
  }
}

/**
 * Unpacks an extension package and finds the agent tasks in it; agentless tasks are left out, nothing here runs them.
 * @throws Error when the file is not a .vsix or holds a file outside the folder.
 */
export function unpackVsix(vsix: string, folder: string, index: TaskIndex = new TaskIndex()): TaskIndex {
  const files = readZip(vsix)
  const root = resolve(folder)
  for (const [name, content] of Object.entries(files)) {
    const path = resolve(root, name)
    if (!path.startsWith(root + sep)) throw new Error(`'${vsix}' holds '${name}', which would land outside its folder.`)
    if (name.endsWith('/')) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const manifest = files['extension.vsomanifest']
  if (!manifest) throw new Error(`'${vsix}' is not an Azure DevOps extension: it has no 'extension.vsomanifest'.`)
  const contributions = readContributions(Buffer.from(manifest).toString('utf8'))
  const identity = readIdentity(vsix, files['extension.vsixmanifest'])
  for (const { id, path } of contributions) {
    for (const taskFolder of taskFolders(join(root, path))) addTask(index, taskFolder, `${identity}.${id}`)
  }
  return index
}

function addTask(index: TaskIndex, folder: string, contribution: string): void {
  const { execution } = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')) as { execution?: object }
  if (Object.keys(execution ?? {}).every((handler) => handler.startsWith('Http') || handler === 'ServiceBus')) return
  const definition = readTaskDefinition(folder)
  const { name, major, id } = definition
  index.add(definition, [`${name}@${major}`, `${contribution}.${name}@${major}`, `${id}@${major}`])
}

/** A task contribution's folder holds one task.json, or one folder per major version. */
function taskFolders(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  if (entries.some((entry) => entry.name === 'task.json')) return [folder]
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .filter((path) => readdirSync(path).includes('task.json'))
}

function readContributions(manifest: string): { id: string; path: string }[] {
  const { contributions } = JSON.parse(manifest.replace(/^\uFEFF/, '')) as {
    contributions?: { id: string; type: string; properties?: { name?: string } }[]
  }
  return (contributions ?? [])
    .filter(({ type }) => type === 'ms.vss-distributed-task.task')
    .map(({ id, properties }) => ({ id, path: properties?.name ?? '' }))
}

function readIdentity(vsix: string, manifest: Uint8Array | undefined): string {
  const identity = /<Identity\b[^>]*>/.exec(Buffer.from(manifest ?? []).toString('utf8'))?.[0] ?? ''
  const id = /\bId="([^"]+)"/.exec(identity)?.[1]
  const publisher = /\bPublisher="([^"]+)"/.exec(identity)?.[1]
  if (!id || !publisher) throw new Error(`'${vsix}' does not say its publisher and id in 'extension.vsixmanifest'.`)
  return `${publisher}.${id}`
}

function readZip(path: string): Record<string, Uint8Array> {
  try {
    return unzipSync(readFileSync(path))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Could not read the extension package '${path}': ${why}.`, { cause })
  }
}
