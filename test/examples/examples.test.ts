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
const ours = ['CheckNoRunningOrchestrations', 'RotateTaskHub', 'SlotSwap', 'CleanupTaskHub']
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
  for (const name of [...ours, 'AzureFunctionApp']) {
    const isRotate = name === 'RotateTaskHub'
    const outputVariables = isRotate ? [{ name: 'taskHubName' }, { name: 'previousTaskHubName' }] : []
    const Major = name === 'AzureFunctionApp' ? 2 : 1
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

    it(`${example} has the five steps of the cycle in their order`, () => {
      const tasks = stepsOf(example).flatMap((step) => (step.kind === 'task' && !givesBack(step) ? [step.task] : []))
      assert.deepEqual(tasks, [
        ...[
          'CheckNoRunningOrchestrations@1',
          'RotateTaskHub@1',
          'AzureFunctionApp@2',
          'SlotSwap@1',
          'CleanupTaskHub@1',
        ],
      ])
    })

    it(`${example} uses only outputs that RotateTaskHub has`, () => {
      const { outputVariables } = definitionOf('RotateTaskHub')
      const used = [...textOf(example).matchAll(/\brotate\.(\w+)/g)].map(([, name]) => name ?? '')
      assert.ok(used.length > 0)
      assert.deepEqual(
        used.filter((name) => !outputVariables.includes(name)),
        [],
      )
    })

    it(`${example} hands the former task hub to the cleanup`, async () => {
      const { run, given } = await rehearse(example)
      assert.equal(run.result, 'Succeeded')
      assert.equal(given['Delete the task hub that is no longer used'], 'orders6 -')
    })
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
