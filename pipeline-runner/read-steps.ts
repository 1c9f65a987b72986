import type { Step } from './pipeline.ts'
import { readCondition } from './read-expression.ts'
import type { YamlNode } from './yaml-reader.ts'

const common = [
  ...(['name', 'displayName', 'condition', 'enabled', 'continueOnError', 'timeoutInMinutes'] as const),
  ...(['retryCountOnTaskFailure', 'env'] as const),
] as const

const kinds = ['task', 'script', 'bash', 'publish', 'download', 'checkout'] as const

/** Reads a list of steps; each gets a name of its own, as the service gives one. */
export function readSteps(list: YamlNode): Step[] {
  const taken = new Set<string>()
  return list.items().map((item) => {
    const step = readStep(item)
    const name = freeName(step.name, taken)
    if (name !== step.name && item.entries().some(([key]) => key === 'name')) {
      throw item.refusal(`has two steps named '${step.name}'`)
    }
    taken.add(name.toLowerCase())
    return { ...step, name }
  })
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name.toLowerCase())) return name
  for (let number = 1; ; number++) {
    if (!taken.has(`${name}${number}`.toLowerCase())) return `${name}${number}`
  }
}

function readStep(item: YamlNode): Step {
  const [first] = item.entries()
  const kind = kinds.find((candidate) => candidate === first?.[0])
  if (!kind) throw first?.[1].notUnderstood() ?? item.refusal('has an empty step')
  switch (kind) {
    case 'task':
      return readTaskStep(item)
    case 'script':
    case 'bash':
      return readScript(item, kind)
    case 'publish': {
      const fields = item.fields([...common, 'publish', 'artifact'])
      const artifact = fields.artifact?.text() ?? ''
      if (artifact === '') throw item.refusal("has a 'publish' step without 'artifact'")
      return { ...readBase(item, fields, 'publish'), kind, path: textOf(fields.publish), artifact }
    }
    case 'download': {
      const fields = item.fields([...common, 'download', 'artifact'])
      const source = textOf(fields.download)
      if (source !== 'current' && source !== 'none')
        throw fields.download?.refusal('must be current or none') ?? item.notUnderstood()
      return { ...readBase(item, fields, 'download'), kind, artifact: fields.artifact?.text(), skip: source === 'none' }
    }
    case 'checkout': {
      const fields = item.fields([...common, 'checkout'])
      const source = textOf(fields.checkout)
      if (source !== 'self' && source !== 'none')
        throw fields.checkout?.refusal('must be self or none') ?? item.notUnderstood()
      return { ...readBase(item, fields, 'checkout'), kind }
    }
  }
}

function readTaskStep(item: YamlNode): Step {
  const fields = item.fields([...common, 'task', 'inputs'])
  const task = textOf(fields.task)
  if (!/^[^@\s]+@\d+$/.test(task))
    throw fields.task?.refusal(`must be like 'SlotSwap@1', not '${task}'`) ?? item.notUnderstood()
  const shortName = task.replace(/@.*$/, '').replace(/^.*\./, '')
  return { ...readBase(item, fields, shortName), kind: 'task', task, inputs: readTexts(fields.inputs) }
}

function readScript(item: YamlNode, kind: 'script' | 'bash'): Step {
  const fields = item.fields([...common, kind])
  const base = readBase(item, fields, kind === 'bash' ? 'Bash' : 'CmdLine')
  return { ...base, kind: 'script', script: textOf(fields[kind]), shell: kind === 'bash' ? 'bash' : 'sh' }
}

type CommonFields = Partial<Record<(typeof common)[number], YamlNode>>

function readBase(item: YamlNode, fields: CommonFields, fallback: string): Omit<Step & { kind: 'checkout' }, 'kind'> {
  const name = fields.name?.text() ?? fallback
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw fields.name?.refusal(`must be letters, digits and underscores, not '${name}'`) ?? item.notUnderstood()
  return {
    ...{ name, displayName: fields.displayName?.text() ?? fallback, line: item.line },
    condition: readCondition(fields.condition),
    enabled: fields.enabled?.boolean() ?? true,
    continueOnError: fields.continueOnError?.boolean() ?? false,
    timeoutInMinutes: fields.timeoutInMinutes?.wholeNumber() ?? 0,
    retryCountOnTaskFailure: fields.retryCountOnTaskFailure?.wholeNumber() ?? 0,
    env: readTexts(fields.env),
  }
}

function readTexts(node: YamlNode | undefined): Record<string, string> {
  return Object.fromEntries((node?.entries() ?? []).map(([name, value]) => [name, value.text()]))
}

function textOf(node: YamlNode | undefined): string {
  return node?.text() ?? ''
}
