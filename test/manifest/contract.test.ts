import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Refusal } from '../../core/failures.ts'
import { listTaskFolders, root, runsOnAgent } from '../../scripts/packaging/project.ts'
import type { TaskFolder } from '../../scripts/packaging/project.ts'
import type { InputSource } from '../../tasks/agent/read-inputs.ts'

/**
 * Names of inputs and outputs are what people have in their pipelines. One that vanishes breaks every pipeline that uses it at
 * its next run, because a major version updates itself; so this list only grows. The names of task.json must be the
 * names that inputs.ts reads: an input that nobody reads, or that nobody can give, fails silently.
 */
type Contract = Readonly<Record<string, { readonly inputs: readonly string[]; readonly outputs: readonly string[] }>>
type Reader = (source: InputSource) => unknown

const contract = JSON.parse(readFileSync(join(root, 'test/manifest/contract.json'), 'utf8')) as Contract
const folders = listTaskFolders()

describe('The contract of the tasks', () => {
  it('names every task, and no other', () => {
    assert.deepEqual([...new Set(folders.map(({ task }) => task))].sort(), Object.keys(contract).sort())
  })

  for (const folder of folders) {
    const { manifest, version } = folder
    const promised = contract[folder.task] ?? { inputs: [], outputs: [] }

    it(`${version} has the inputs that were promised`, () => {
      assert.deepEqual((manifest.inputs ?? []).map(({ name }) => name).sort(), [...promised.inputs].sort())
    })

    it(`${version} has the outputs that were promised`, () => {
      assert.deepEqual((manifest.outputVariables ?? []).map(({ name }) => name).sort(), [...promised.outputs].sort())
    })

    if (!runsOnAgent(manifest)) continue

    it(`${version} reads exactly the inputs that it declares`, async () => {
      const read = await readerOf(folder)
      const asked = new Set<string>()
      // Some inputs are read only where another has a certain value.
      for (const evidence of [undefined, 'storage', 'managementApi', 'statusEndpoint']) {
        valueOf(() => read(source((name) => (name === 'evidence' ? evidence : undefined), asked)))
      }
      assert.deepEqual([...asked].sort(), (manifest.inputs ?? []).map(({ name }) => name).sort())
    })

    it(`${version} means the same by an input left out and by its default in the form`, async () => {
      const read = await readerOf(folder)
      const needed: Record<string, string> = {
        azureSubscription: 'connection',
        appName: 'orders',
        taskHubName: 'orders41',
      }
      const defaults = Object.fromEntries(
        (manifest.inputs ?? []).map(({ name, defaultValue }) => [
          name,
          typeof defaultValue === 'object' ? '' : String(defaultValue ?? ''),
        ]),
      )
      const leftOut = valueOf(() => read(source((name) => needed[name])))
      const filledIn = valueOf(() => read(source((name) => needed[name] ?? (defaults[name] || undefined))))
      assert.deepEqual(filledIn, leftOut)
    })
  }
})

async function readerOf({ path }: TaskFolder): Promise<Reader> {
  const module = (await import(pathToFileURL(join(root, path, 'inputs.ts')).href)) as Record<string, unknown>
  const readers = Object.values(module).filter((each) => typeof each === 'function')
  assert.equal(readers.length, 1, `${path}/inputs.ts exports one function, the reader`)
  return readers[0] as Reader
}

function source(input: (name: string) => string | undefined, asked = new Set<string>()): InputSource {
  return {
    input: (name) => {
      asked.add(name)
      return input(name)
    },
    variable: () => undefined,
    secret: () => undefined,
  }
}

/** What was read, or the text of the refusal. */
function valueOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}
