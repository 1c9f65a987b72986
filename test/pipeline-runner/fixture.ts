import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { zipSync } from 'fflate'

import type { RunOptions, PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import { readPipeline } from '../../pipeline-runner/read-pipeline.ts'
import { runPipeline } from '../../pipeline-runner/run-pipeline.ts'
import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import { TaskIndex } from '../../pipeline-runner/vsix.ts'

export type Fixture = {
  readonly folder: string
  /** Writes a task that runs this CommonJS code; returns its folder. */
  task(name: string, code: string, taskJson?: object): string
  /** Writes another file of a task, beside its code. */
  write(task: string, name: string, code: string): void
  dispose(): void
}

/** A temporary folder for the tasks of one test file. */
export function fixture(): Fixture {
  const folder = mkdtempSync(join(tmpdir(), 'runner-test-'))
  return {
    folder,
    task: (name, code, taskJson = {}) => {
      const place = join(folder, 'tasks', name, `${name}V1`)
      mkdirSync(place, { recursive: true })
      writeFileSync(join(place, 'index.cjs'), code)
      writeFileSync(join(place, 'task.json'), JSON.stringify({ ...taskOf(name), ...taskJson }))
      return place
    },
    write: (task, name, code) => writeFileSync(join(task, name), code),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function taskOf(name: string): object {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    name,
    friendlyName: name,
    version: { Major: 1, Minor: 0, Patch: 0 },
    inputs: [],
    execution: { Node20_1: { target: 'index.cjs' }, Node24: { target: 'index.cjs' } },
  }
}

/** Code that prints these lines. */
export function prints(...lines: readonly string[]): string {
  return lines.map((line) => `console.log(${JSON.stringify(line)})`).join('\n')
}

/** Runs pipeline text with the tasks in these folders. */
export function runYaml(
  text: string,
  folders: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<PipelineRun> {
  const tasks = new TaskIndex()
  for (const folder of folders) {
    const definition = readTaskDefinition(folder)
    tasks.add(definition, [`${definition.name}@${definition.major}`])
  }
  return runPipeline(readPipeline(text), { tasks, retryDelayMs: () => 1, ...options })
}

/** The bytes of an extension package with one task contribution a name. */
export function vsixOf(files: Readonly<Record<string, string>>, tasks: readonly string[]): Uint8Array {
  const contributions = tasks.map((name) => {
    const properties = { name: `tasks/${name}` }
    return { id: `${name.toLowerCase()}-task`, type: 'ms.vss-distributed-task.task', properties }
  })
  const all = {
    'extension.vsomanifest': JSON.stringify({ contributions }),
    'extension.vsixmanifest':
      '<PackageManifest><Metadata><Identity Id="tools" Version="1.0.0" Publisher="acme"/></Metadata></PackageManifest>',
    ...files,
  }
  return zipSync(Object.fromEntries(Object.entries(all).map(([name, text]) => [name, Buffer.from(text)])))
}
