import assert from 'node:assert/strict'

import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import type { PipelineRun, RunOptions, StepRun } from '../../pipeline-runner/pipeline-run.ts'
import { fixture, prints, runYaml } from './fixture.ts'

const files = fixture()
after(() => files.dispose())

const handlers = { Node20_1: { target: 'index.cjs' }, Node24: { target: 'index.cjs' } }
const input = (name: string): object => ({ name, type: 'string' })

/** A task that says in its execution what INPUT_MAIN says, and at the end of the job how it finds the world. */
const twoParts = files.task(
  'Two',
  `const { INPUT_MAIN, INPUT_END, INPUT_WHAT, VSTS_TASKVARIABLE_HELD, AGENT_JOBSTATUS } = process.env
const part = globalThis.endOfJob ? 'end' : 'main'
console.log(['saw', part, INPUT_WHAT, VSTS_TASKVARIABLE_HELD, AGENT_JOBSTATUS, process.env['Agent.JobStatus']].join(' '))
if (part === 'main') console.log('##vso[task.settaskvariable variable=held]yes-' + INPUT_WHAT)
const result = part === 'main' ? INPUT_MAIN : INPUT_END
if (result) console.log('##vso[task.complete result=' + result + ';]' + part)`,
  {
    inputs: ['main', 'end', 'what'].map(input),
    postjobexecution: { Node20_1: { target: 'end.cjs' }, Node24: { target: 'end.cjs' } },
  },
)
files.write(twoParts, 'end.cjs', "globalThis.endOfJob = true\nrequire('./index.cjs')")
const good = files.task('Good', prints('##vso[task.complete result=Succeeded;]fine'))
const bad = files.task('Bad', prints('##vso[task.complete result=Failed;]no'))
const wait = files.task(
  'Wait',
  "process.on('SIGINT', () => process.exit(0)); setInterval(() => {}, 1000); console.log('ready')",
)
const say = files.task('Say', "console.log('##vso[task.setvariable variable=what]late')")
const strange = files.task('Strange', '', { postjobexecution: { PowerShell3: { target: 'end.ps1' } } })
const secret = files.task(
  'Secret',
  `if (process.env.VSTS_TASKVARIABLE_KEY) console.log('end has ' + process.env.VSTS_TASKVARIABLE_KEY.length)
else console.log('##vso[task.settaskvariable variable=key;issecret=true]hidden')
console.log('hidden')`,
  { postjobexecution: handlers },
)

const all = [twoParts, good, bad, wait, say, secret]
const run = (text: string, options: Partial<RunOptions> = {}): Promise<PipelineRun> => runYaml(text, all, options)
const steps = ({ stages }: PipelineRun): StepRun[] => stages.flatMap(({ jobs }) => jobs.flatMap((job) => job.steps))
const names = (done: PipelineRun): string[] => steps(done).map(({ displayName, result }) => `${displayName}: ${result}`)
const saw = (done: PipelineRun): string[] =>
  steps(done).flatMap(({ task }) => /saw .*/.exec(task?.log ?? '')?.[0] ?? [])
const two = (what: string, more = ''): string =>
  `{ task: Two@1, displayName: ${what}, inputs: { what: ${what}${more} } }`

describe('What a task does at the end of its job', () => {
  it('comes after all steps, the last step first, with the result of the job', async () => {
    const done = await run(`steps: [${two('a')}, ${two('b')}, { task: Bad@1 }]`)
    assert.deepEqual(names(done), [
      ...['a: Succeeded', 'b: Succeeded', 'Bad: Failed'],
      ...['Post-job: b: Succeeded', 'Post-job: a: Succeeded'],
    ])
    assert.deepEqual(saw(done), [
      ...['saw main a  Succeeded Succeeded', 'saw main b  Succeeded Succeeded'],
      ...['saw end b yes-b Failed Failed', 'saw end a yes-a Failed Failed'],
    ])
  })

  it('is done for a step that was skipped too, which then has no task variables', async () => {
    const done = await run(`steps: [{ task: Bad@1 }, ${two('a')}]`)
    assert.deepEqual(names(done), ['Bad: Failed', 'a: Skipped', 'Post-job: a: Succeeded'])
    assert.deepEqual(saw(done), ['saw end a  Failed Failed'])
  })

  it('is not done for a disabled step', async () => {
    const done = await run(`steps: [{ task: Two@1, enabled: false }, { task: Good@1 }]`)
    assert.deepEqual(names(done), ['Good: Succeeded'])
  })

  it('reads the inputs as they expand then', async () => {
    const done = await run(`steps: [${two('$(what)')}, { task: Say@1 }]`, { variables: { what: 'early' } })
    assert.deepEqual(saw(done), ['saw main early  Succeeded Succeeded', 'saw end late yes-early Succeeded Succeeded'])
  })

  it('is done in a cancelled job, and the cancel does not end it', async () => {
    const cancel = new AbortController()
    const done = await run(`steps: [${two('a')}, { task: Wait@1 }, ${two('b')}]`, {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.kind === 'line' && event.line === 'ready') cancel.abort()
      },
    })
    assert.deepEqual(names(done), [
      ...['a: Succeeded', 'Wait: Canceled', 'b: Skipped'],
      ...['Post-job: b: Succeeded', 'Post-job: a: Succeeded'],
    ])
    assert.deepEqual(saw(done).slice(1), ['saw end b  Canceled Canceled', 'saw end a yes-a Canceled Canceled'])
  })

  it('says Canceled where the cancel came while a step ran that goes on', async () => {
    const cancel = new AbortController()
    const done = await run(`steps: [${two('a')}, { script: 'echo ready', condition: always() }]`, {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.kind === 'line' && event.line === 'ready') cancel.abort()
      },
    })
    assert.deepEqual(names(done).slice(1), ['CmdLine: Succeeded', 'Post-job: a: Succeeded'])
    assert.deepEqual(saw(done).slice(1), ['saw end a yes-a Canceled Canceled'])
  })

  for (const [end, result] of [
    ['Failed', 'Failed'],
    ['SucceededWithIssues', 'SucceededWithIssues'],
  ]) {
    it(`that ends ${end} makes the job ${result}`, async () => {
      const done = await run(`steps: [${two('a', `, end: ${end}`)}]`)
      assert.deepEqual(names(done), ['a: Succeeded', `Post-job: a: ${end}`])
      assert.equal(done.result, result)
    })
  }

  it('is forgiven and tried again as its step is', async () => {
    const more = 'continueOnError: true, retryCountOnTaskFailure: 1'
    const done = await run(`steps: [{ task: Two@1, ${more}, inputs: { what: a, end: Failed } }]`)
    assert.deepEqual(
      steps(done).map(({ result, task }) => [result, task?.attempts]),
      [
        ['Succeeded', 1],
        ['SucceededWithIssues', 2],
      ],
    )
  })

  it('keeps a secret task variable out of every line', async () => {
    const [main, end] = steps(await run('steps: [{ task: Secret@1 }]'))
    assert.match(main?.task?.log ?? '', /^\*\*\*$/m)
    assert.equal(end?.task?.log, 'end has 6\n***')
  })

  it('is refused where this machine has no handler for it', () => {
    assert.throws(() => readTaskDefinition(strange), {
      message: /^Task 'Strange' has no handler that runs on this agent \(it has 'PowerShell3'\)/,
    })
  })
})
