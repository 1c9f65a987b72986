import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import type { Step } from '../../pipeline-runner/pipeline.ts'
import { readPipeline } from '../../pipeline-runner/read-pipeline.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import { runPipeline } from '../../pipeline-runner/run-pipeline.ts'
import { TaskIndex } from '../../pipeline-runner/vsix.ts'
import { fixture, prints } from '../pipeline-runner/fixture.ts'

const root = join(import.meta.dirname, '..', '..')
const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yml'))
const ours = ['CheckNoRunningOrchestrations', 'RotateTaskHub', 'SlotSwap', 'CleanupTaskHub', 'DrainFunctionApp']

const cycle = ['Check', 'Rotate', 'deploy', 'swap', 'cleanup']
const orders: Readonly<Record<string, readonly string[]>> = {
  'azure-pipelines.yml': cycle,
  'azure-pipelines-environments.yml': cycle,
  'drain-durable-app.yml': ['Check', 'Rotate', 'deploy', 'fence', 'swap', 'cleanup'],
  'drain-long-running-functions.yml': ['Rotate', 'deploy', 'fence', 'signal', 'swap', 'resume'],
  'drain-mixed-app.yml': ['Check', 'Rotate', 'deploy', 'fence', 'signal', 'swap', 'cleanup', 'resume'],
  'state-service.yml': ['az', 'deploy'],
}
const words: Readonly<Record<string, string>> = {
  'CheckNoRunningOrchestrations@1': 'Check',
  'RotateTaskHub@1': 'Rotate',
  'AzureFunctionApp@2': 'deploy',
  'AzureCLI@2': 'az',
  'SlotSwap@1': 'swap',
  'CleanupTaskHub@1': 'cleanup',
}
const definitionOf = (name: string) => readTaskDefinition(join(root, 'tasks', name, `${name}V1`))

function textOf(example: string): string {
  return readFileSync(join(root, 'examples', example), 'utf8')
}

function stepsOf(example: string): Step[] {
  return readPipeline(textOf(example)).stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps))
}

/** Beside the cycle: what gives the deployment lock back where the cycle broke off. */
function givesBack(step: Step): boolean {
  return step.kind === 'task' && 'release' in step.inputs
}

const files = fixture()
after(() => files.dispose())

/** Tasks of the same names that print what they are given. */
function echoes(): TaskIndex {
  const tasks = new TaskIndex()
  const echo =
    "console.log('given ' + ['TASKHUBNAME', 'PACKAGE'].map((name) => process.env['INPUT_' + name] || '-').join(' '))\n"
  const outputs = ['taskHubName]orders7', 'previousTaskHubName]orders6'].map(
    (output) => `##vso[task.setvariable variable=${output}`,
  )
  for (const name of [...ours, 'AzureFunctionApp', 'AzureCLI']) {
    const isRotate = name === 'RotateTaskHub'
    const outputVariables = isRotate ? [{ name: 'taskHubName' }, { name: 'previousTaskHubName' }] : []
    const Major = ours.includes(name) ? 1 : 2
    const definition = readTaskDefinition(
      files.task(name, echo + (isRotate ? prints(...outputs) : ''), { outputVariables, version: { Major } }),
    )
    tasks.add(definition, [`${name}@${Major}`])
  }
  return tasks
}

async function rehearse(
  example: string,
  change = (text: string) => text,
): Promise<{ run: PipelineRun; given: Record<string, string> }> {
  const settings = {
    name: 'my-azure-connection',
    armUrl: 'https://a/',
    authorityUrl: 'https://b/',
    tenantId: 't',
    subscriptionId: 's',
  }
  const run = await runPipeline(readPipeline(change(textOf(example))), {
    ...{ tasks: echoes(), connections: [azureRmConnection({ ...settings, secret: 'x' })], sources: files.folder },
    variables: { package: join(root, 'package.json') },
  })
  const given = run.stages.flatMap(({ jobs }) =>
    jobs.flatMap(({ steps }) =>
      steps.map(({ displayName, task }) => [displayName, /given (.*)/.exec(task?.log ?? '')?.[1] ?? ''] as const),
    ),
  )
  return { run, given: Object.fromEntries(given) }
}

describe('The examples', () => {
  for (const example of examples) {
    it(`${example} gives each task only inputs that it has`, () => {
      for (const step of stepsOf(example)) {
        if (step.kind !== 'task' || !ours.some((name) => step.task === `${name}@1`)) continue
        const declared = definitionOf(step.task.replace('@1', '')).inputs.map(({ name }) => name)
        assert.deepEqual(
          Object.keys(step.inputs).filter((name) => !declared.includes(name)),
          [],
          step.task,
        )
      }
    })

    it(`${example} has its steps in their order`, () => {
      const steps = stepsOf(example).flatMap((step) => (step.kind === 'task' && !givesBack(step) ? [step] : []))
      assert.deepEqual(
        steps.map(({ task, inputs }) => words[task] ?? inputs['action']),
        orders[example],
      )
    })

    it(`${example} uses only outputs that RotateTaskHub has`, () => {
      const { outputVariables } = definitionOf('RotateTaskHub')
      const used = [...textOf(example).matchAll(/\brotate\.(\w+)/g)].map(([, name]) => name ?? '')
      assert.deepEqual(
        used.filter((name) => !outputVariables.includes(name)),
        [],
      )
    })

    it(`${example} runs from its first step to its last`, async () => {
      const { run, given } = await rehearse(example)
      assert.equal(run.result, 'Succeeded')
      const cleanup = given['Delete the task hub that is no longer used']
      assert.equal(cleanup, orders[example]?.includes('cleanup') ? 'orders6 -' : undefined)
    })
  }

  for (const example of examples.filter((name) => orders[name]?.includes('resume'))) {
    for (const [what, before, resumed] of [
      ['lets production begin work again where the swap does not happen', '  - script: exit 1\n\n', 'Succeeded'],
      ['leaves production alone where it does', '', 'Skipped'],
    ] as const) {
      it(`${example} ${what}`, async () => {
        const swap = '  - task: SlotSwap@1\n'
        const { run } = await rehearse(example, (text) => text.replace(swap, before + swap))
        const steps = run.stages[0]?.jobs[0]?.steps ?? []
        const step = steps.find(({ displayName }) => displayName === 'Let production begin work again')
        assert.equal(step?.result, resumed)
      })
    }
  }

  it('azure-pipelines-environments.yml hands the new task hub and the package from stage to stage', async () => {
    const { run, given } = await rehearse('azure-pipelines-environments.yml')
    assert.equal(given['Swap staging and production'], 'orders7 -')
    assert.match(given['Deploy to staging'] ?? '', /^- .*\/drop\/app\.zip$/)
    assert.deepEqual(
      run.stages.map(({ name }) => name),
      ['Build', 'Staging', 'Production'],
    )
  })

  for (const [what, script, lock] of [
    ['gives the deployment lock back where a step before the swap fails', 'exit 1', 'Succeeded'],
    ['leaves the lock to the swap where none does', 'exit 0', 'Skipped'],
  ] as const) {
    it(`azure-pipelines-environments.yml ${what}`, async () => {
      const change = (text: string) => text.replace('echo Nothing is checked here yet.', script)
      const { run } = await rehearse('azure-pipelines-environments.yml', change)
      const steps = run.stages.at(-1)?.jobs[0]?.steps ?? []
      const resultOf = (name: string) => steps.find(({ displayName }) => displayName === name)?.result
      assert.equal(resultOf('Give the deployment lock back'), lock)
      assert.equal(resultOf('Swap staging and production'), lock === 'Skipped' ? 'Succeeded' : 'Skipped')
    })
  }
})
