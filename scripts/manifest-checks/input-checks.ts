import type { TaskManifest } from '../packaging/manifests.ts'
import type { Problem, TaskContents } from './package-contents.ts'
import { macros } from './task-checks.ts'

/** The agent's variables are upper-cased with dots and spaces replaced, so only plain names come through unharmed. */
const name = /^[A-Za-z][A-Za-z0-9]*$/
const types = ['boolean', 'filePath', 'multiLine', 'pickList', 'radio', 'string', 'int', 'secureFile']

/** Inputs, groups and outputs of a task: every reference leads somewhere, everything is explained. */
export function checkInputs({ manifest, path }: TaskContents): Problem[] {
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  const inputs = manifest.inputs ?? []
  const groups = new Set((manifest.groups ?? []).map((group) => group.name))
  const bound = new Set((manifest.dataSourceBindings ?? []).map((binding) => binding.target))
  for (const double of repeated(inputs.flatMap((input) => [input.name, ...(input.aliases ?? [])]))) {
    say(`input name '${double}' is used twice.`)
  }
  for (const input of inputs) {
    if (!name.test(input.name)) say(`input name '${input.name}' may hold letters and digits only.`)
    if (!types.includes(input.type) && !input.type.startsWith('connectedService:')) {
      say(`input '${input.name}' has the unknown type '${input.type}'.`)
    }
    if (!input.label) say(`input '${input.name}' has no label.`)
    if (!input.helpMarkDown) say(`input '${input.name}' has no helpMarkDown.`)
    if (input.groupName !== undefined && !groups.has(input.groupName)) {
      say(`input '${input.name}' is in group '${input.groupName}', which does not exist.`)
    }
    if ((input.type === 'pickList' || input.type === 'radio') && !input.options && !bound.has(input.name)) {
      say(`pick list '${input.name}' has neither options nor a data source.`)
    }
    if (bound.has(input.name) && input.properties?.['EditableOptions'] !== 'True') {
      say(`pick list '${input.name}' is filled from Azure but not editable, so that no variable can be typed into it.`)
    }
    const { defaultValue, options } = input
    if (options && typeof defaultValue === 'string' && defaultValue !== '' && !(defaultValue in options)) {
      say(`default '${defaultValue}' of input '${input.name}' is not one of its options.`)
    }
  }
  for (const output of manifest.outputVariables ?? []) {
    if (!name.test(output.name)) say(`output name '${output.name}' may hold letters and digits only.`)
    if (!output.description) say(`output '${output.name}' has no description.`)
  }
  return [...problems, ...checkVisibleRules(manifest, path), ...checkBindings(manifest, path)]
}

/** `a = x && b != y`: every name left of a comparison is an input, and a pick list's value is one of its options. */
function checkVisibleRules(manifest: TaskManifest, path: string): Problem[] {
  const inputs = new Map((manifest.inputs ?? []).map((input) => [input.name, input]))
  const rules = [...(manifest.inputs ?? []), ...(manifest.groups ?? [])].flatMap((owner) =>
    owner.visibleRule === undefined ? [] : [{ owner: owner.name, rule: owner.visibleRule }],
  )
  return rules.flatMap(({ owner, rule }) =>
    rule.split(/&&|\|\|/).flatMap((clause) => {
      const parts =
        /^\s*([A-Za-z0-9]+)\s*(?:==|=|!=|Contains|NotContains|StartsWith|EndsWith|In|NotIn)\s*(.*?)\s*$/.exec(clause)
      const input = inputs.get(parts?.[1] ?? '')
      const where = `${path}/task.json: visibleRule '${rule}' of '${owner}'`
      if (!parts) return [`${where} can't be read.`]
      if (!input) return [`${where} names input '${parts[1] ?? ''}', which does not exist.`]
      const value = parts[2] ?? ''
      const unknown = input.options && value !== '' && /=/.test(clause) && !(value in input.options)
      return unknown ? [`${where} compares with '${value}', which is not an option of '${input.name}'.`] : []
    }),
  )
}

function checkBindings(manifest: TaskManifest, path: string): Problem[] {
  const inputs = new Set((manifest.inputs ?? []).map((input) => input.name))
  return (manifest.dataSourceBindings ?? []).flatMap((binding) => {
    const where = `${path}/task.json: the data source of '${binding.target}'`
    const named = [binding.endpointId ?? '', ...Object.values(binding.parameters ?? {}), binding.endpointUrl ?? '']
    const missing = named.flatMap(macros).filter((macro) => !macro.startsWith('endpoint.') && !inputs.has(macro))
    return [
      ...(inputs.has(binding.target) ? [] : [`${where} fills an input that does not exist.`]),
      ...missing.map((macro) => `${where} refers to input '${macro}', which does not exist.`),
      ...(binding.dataSourceName === undefined && binding.endpointUrl === undefined
        ? [`${where} names neither dataSourceName nor endpointUrl.`]
        : []),
    ]
  })
}

function repeated(names: readonly string[]): string[] {
  const lower = names.map((each) => each.toLowerCase())
  return [...new Set(lower.filter((each, index) => lower.indexOf(each) !== index))]
}
