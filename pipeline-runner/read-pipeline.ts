import type { Pipeline, PipelineJob, Stage, VariableEntry } from './pipeline.ts'
import { readCondition, readValue } from './read-expression.ts'
import { readSteps } from './read-steps.ts'
import type { YamlNode } from './yaml-reader.ts'
import { readYaml } from './yaml-reader.ts'

/** Keys of the service that change nothing on this machine. */
const harmless = ['trigger', 'pr', 'pool', 'name'] as const

/**
 * Reads an azure-pipelines.yml.
 * @throws Error that names the key and line of the first thing that is not understood.
 */
export function readPipeline(text: string): Pipeline {
  const root = readYaml(text)
  const { variables, stages, jobs, steps } = root.fields([...harmless, 'variables', 'stages', 'jobs', 'steps'])
  const [body, more] = [stages, jobs, steps].filter((part) => part !== undefined)
  if (!body) throw new Error("The pipeline has no 'stages', 'jobs' or 'steps'.")
  if (more) throw more.refusal(`cannot stand beside '${body.name}'`)
  return { variables: readVariables(variables), stages: readBody({ stages, jobs, steps }) }
}

function readBody(body: {
  stages: YamlNode | undefined
  jobs: YamlNode | undefined
  steps: YamlNode | undefined
}): Stage[] {
  if (body.stages) return inOrder(body.stages, readStages(body.stages), 'stage')
  const line = (body.jobs ?? body.steps)?.line ?? 1
  const jobs = body.jobs ? readJobs(body.jobs) : [plainJob(body.steps ? readSteps(body.steps) : [], line)]
  const stage = { name: '__default', displayName: '', dependsOn: [], condition: undefined, variables: [] }
  return [{ ...stage, jobs, line }]
}

function plainJob(steps: PipelineJob['steps'], line: number): PipelineJob {
  const job = { name: 'Job', displayName: 'Job', deployment: false, environment: undefined, dependsOn: [] }
  return { ...job, condition: undefined, variables: [], steps, line }
}

function readStages(list: YamlNode): Stage[] {
  let previous: string[] = []
  return list.items().map((item) => {
    const fields = item.fields(['stage', 'displayName', 'dependsOn', 'condition', 'variables', 'jobs', 'pool'])
    const name = required(item, 'stage', fields.stage)
    if (!fields.jobs) throw item.refusal(`'${name}' has no jobs`)
    // A stage depends on the one before it unless it says otherwise.
    const dependsOn = fields.dependsOn ? readNames(fields.dependsOn) : previous
    previous = [name]
    return {
      ...{ name, dependsOn, displayName: fields.displayName?.text() ?? name, line: item.line },
      condition: readCondition(fields.condition),
      variables: readVariables(fields.variables),
      jobs: readJobs(fields.jobs),
    }
  })
}

function readJobs(list: YamlNode): PipelineJob[] {
  const jobs = list.items().map((item) => {
    const deployment = item.entries().some(([key]) => key === 'deployment')
    return deployment ? readDeployment(item) : readJob(item)
  })
  return inOrder(list, jobs, 'job')
}

const jobKeys = ['displayName', 'dependsOn', 'condition', 'variables', 'pool'] as const

function readJob(item: YamlNode): PipelineJob {
  const fields = item.fields([...jobKeys, 'job', 'steps'])
  const name = required(item, 'job', fields.job)
  if (!fields.steps) throw item.refusal(`'${name}' has no steps`)
  return {
    ...readCommon(item, name, fields),
    deployment: false,
    environment: undefined,
    steps: readSteps(fields.steps),
  }
}

/** Of the deployment strategies only `runOnce` with `deploy` is understood. */
function readDeployment(item: YamlNode): PipelineJob {
  const fields = item.fields([...jobKeys, 'deployment', 'environment', 'strategy'])
  const name = required(item, 'deployment', fields.deployment)
  const { runOnce } = fields.strategy?.fields(['runOnce']) ?? {}
  const { deploy } = runOnce?.fields(['deploy']) ?? {}
  const { steps } = deploy?.fields(['steps', 'pool']) ?? {}
  if (!steps) throw item.refusal(`'${name}' has no strategy.runOnce.deploy.steps`)
  const { environment } = fields
  const environmentName = environment?.isMap() ? environment.fields(['name']).name : environment
  const common = readCommon(item, name, fields)
  return { ...common, deployment: true, environment: environmentName?.text(), steps: readSteps(steps) }
}

type CommonFields = Partial<Record<(typeof jobKeys)[number], YamlNode>>

function readCommon(
  item: YamlNode,
  name: string,
  fields: CommonFields,
): Omit<PipelineJob, 'deployment' | 'environment' | 'steps'> {
  return {
    ...{ name, displayName: fields.displayName?.text() ?? name, line: item.line },
    dependsOn: fields.dependsOn ? readNames(fields.dependsOn) : [],
    condition: readCondition(fields.condition),
    variables: readVariables(fields.variables),
  }
}

function readVariables(node: YamlNode | undefined): VariableEntry[] {
  if (!node) return []
  if (node.isMap()) {
    return node.entries().map(([name, value]) => ({ name, value: readValue(value), readOnly: false, line: value.line }))
  }
  return node.items().map((item) => {
    const { name, value, readonly } = item.fields(['name', 'value', 'readonly'])
    if (!name) throw item.refusal('has an entry without a name')
    return {
      ...{ name: name.text(), value: value ? readValue(value) : '', line: item.line },
      readOnly: readonly?.boolean() ?? false,
    }
  })
}

function readNames(node: YamlNode): string[] {
  if (node.isList()) return node.items().map((item) => item.text())
  const name = node.text()
  return name === '' ? [] : [name]
}

function required(item: YamlNode, kind: string, node: YamlNode | undefined): string {
  const name = node?.text() ?? ''
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw item.refusal(`has a ${kind} without a name of letters, digits and underscores`)
  return name
}

/** Sorts by dependsOn and keeps the file's order otherwise; one after the other, since one agent runs here. */
function inOrder<T extends { name: string; dependsOn: readonly string[] }>(
  list: YamlNode,
  items: readonly T[],
  kind: string,
): T[] {
  const sorted: T[] = []
  const has = (all: readonly T[], name: string): boolean =>
    all.some((item) => item.name.toLowerCase() === name.toLowerCase())
  for (const { name, dependsOn } of items) {
    if (items.filter((item) => item.name.toLowerCase() === name.toLowerCase()).length > 1) {
      throw list.refusal(`has two ${kind}s named '${name}'`)
    }
    const missing = dependsOn.find((wanted) => !has(items, wanted))
    if (missing !== undefined)
      throw list.refusal(`has a ${kind} '${name}' that depends on '${missing}', which is not there`)
  }
  while (sorted.length < items.length) {
    const next = items.find((item) => !sorted.includes(item) && item.dependsOn.every((name) => has(sorted, name)))
    if (!next) throw list.refusal(`has ${kind}s that depend on each other in a circle`)
    sorted.push(next)
  }
  return sorted
}
