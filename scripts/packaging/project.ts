import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExtensionManifest, TaskManifest } from './manifests.ts'

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Everything that is packed, laid out as in the package; generated. */
export const stageFolder = join(root, 'dist')

/** One major version of one task: `tasks/SlotSwap/SlotSwapV1`. */
export type TaskFolder = {
  /** `SlotSwap`, the folder that the contribution names. */
  readonly task: string
  /** `SlotSwapV1` */
  readonly version: string
  readonly major: number
  /** Relative to the root, with `/`: `tasks/SlotSwap/SlotSwapV1`. */
  readonly path: string
  readonly manifest: TaskManifest
  /** Agent tasks have code; server tasks are JSON only. */
  readonly hasCode: boolean
}

/** Finds every `tasks/<Task>/<Task>V<major>` that holds a task.json below `base` (the root, or the staged tree). */
export function listTaskFolders(base = root): TaskFolder[] {
  return foldersIn(join(base, 'tasks')).flatMap((task) =>
    foldersIn(join(base, 'tasks', task)).flatMap((version) => {
      const major = new RegExp(`^${task}V([0-9]+)$`).exec(version)?.[1]
      const path = `tasks/${task}/${version}`
      if (major === undefined || !existsSync(join(base, path, 'task.json'))) return []
      const manifest = readJson(join(base, path, 'task.json')) as TaskManifest
      const hasCode = ['index.ts', 'index.js'].some((file) => existsSync(join(base, path, file)))
      return [{ task, version, major: Number(major), path, manifest, hasCode }]
    }),
  )
}

/** True where an agent runs the task, so that it needs code. */
export function runsOnAgent(manifest: TaskManifest): boolean {
  return Object.keys(manifest.execution).some((handler) => handler.startsWith('Node'))
}

export function readExtensionManifest(base = root): ExtensionManifest {
  return readJson(join(base, 'vss-extension.json')) as ExtensionManifest
}

/** The one place where the version lives. */
export function readVersion(): string {
  return (readJson(join(root, 'package.json')) as { version: string }).version
}

/** Reads JSON; a syntax error names the file. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} is not JSON that can be read.`, { cause: error })
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
