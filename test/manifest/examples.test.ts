import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { listTaskFolders, root } from '../../scripts/packaging/project.ts'

/** What people copy must run: only tasks, inputs and outputs that exist, and every input that is required. */
type Step = { readonly task: string; readonly name?: string; readonly inputs: Readonly<Record<string, unknown>> }

const folders = listTaskFolders()
const sources = [
  ...filesIn('examples', '.yml').map((path) => ({ path, yaml: read(path) })),
  ...['README.md', 'overview.md', ...filesIn('docs', '.md')].flatMap((path) =>
    fences(existsSync(join(root, path)) ? read(path) : '').map((yaml, index) => ({
      path: `${path} (${index + 1})`,
      yaml,
    })),
  ),
]

describe('Every YAML that people copy', () => {
  for (const { path, yaml } of sources) {
    it(`${path} is YAML and uses our tasks as they are`, () => {
      const documents = parseAllDocuments(yaml)
      for (const document of documents) assert.deepEqual(document.errors, [])
      const steps = documents.flatMap((document) => stepsIn(document.toJS()))
      const problems = steps.flatMap((step) => problemsOf(step))
      assert.deepEqual([...problems, ...wrongOutputs(steps, yaml)], [])
    })
  }
})

function problemsOf({ task, inputs }: Step): string[] {
  const [name = '', major = ''] = task.split('@')
  const folder = folders.find((each) => each.task === name && String(each.major) === major)
  if (!folder) return folders.some((each) => each.task === name) ? [`${task} is no version of ${name}`] : []
  const declared = folder.manifest.inputs ?? []
  const names = new Set(declared.map((input) => input.name))
  const required = declared.filter((input) => String(input.required) === 'true' && !input.defaultValue)
  return [
    ...Object.keys(inputs)
      .filter((input) => !names.has(input))
      .map((input) => `${task} has no input '${input}'`),
    ...required.filter((input) => !(input.name in inputs)).map((input) => `${task} lacks input '${input.name}'`),
  ]
}

/** `$(step.output)` and `outputs['step.output']` of a step of ours name an output that it has. */
function wrongOutputs(steps: readonly Step[], yaml: string): string[] {
  return steps.flatMap(({ name, task }) => {
    const folder = folders.find((each) => each.task === task.split('@')[0])
    if (name === undefined || !folder) return []
    const outputs = (folder.manifest.outputVariables ?? []).map((output) => output.name)
    const used = [...yaml.matchAll(new RegExp(`[('.]${name}\\.([A-Za-z]+)`, 'g'))].map((match) => match[1] ?? '')
    return used.filter((output) => !outputs.includes(output)).map((output) => `${task} has no output '${output}'`)
  })
}

function stepsIn(node: unknown): Step[] {
  if (Array.isArray(node)) return node.flatMap(stepsIn)
  if (typeof node !== 'object' || node === null) return []
  const { task, name, inputs } = node as Partial<Step>
  const own = typeof task === 'string' ? [{ task, inputs: inputs ?? {}, ...(name === undefined ? {} : { name }) }] : []
  return [...own, ...Object.values(node).flatMap(stepsIn)]
}

function fences(markdown: string): string[] {
  return [...markdown.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
}

function filesIn(folder: string, ending: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort()
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
