import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import { fixture, prints, runYaml } from './fixture.ts'

const files = fixture()
after(() => files.dispose())

const complete = (result: string): string => `##vso[task.complete result=${result};]${result}`
const good = files.task('Good', prints(complete('Succeeded')))
const bad = files.task('Bad', prints(complete('Failed')))
const issues = files.task('Issues', prints(complete('SucceededWithIssues')))
const say = files.task('Say', 'console.log("said " + process.env.INPUT_TEXT)')
const rotate = files.task(
  'Rotate',
  prints(
    '##vso[task.setvariable variable=hub]orders7',
    '##vso[task.setvariable variable=Durable.Hub]orders8',
    '##vso[task.setvariable variable=key;isSecret=true]hidden',
  ),
  { outputVariables: [{ name: 'hub' }] },
)
const connect = files.task('Connect', '', { inputs: [{ name: 'azure', type: 'connectedService:AzureRM' }] })
const all = [good, bad, issues, say, rotate, connect]

const run = (text: string, options = {}): Promise<PipelineRun> => runYaml(text, all, options)
const results = ({ stages }: PipelineRun): string[] =>
  stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps.map(({ result }) => result)))
const said = ({ stages }: PipelineRun): string[] =>
  stages.flatMap(({ jobs }) =>
    jobs.flatMap(({ steps }) => steps.flatMap(({ task }) => /said .*/.exec(task?.log ?? '')?.[0] ?? [])),
  )

describe('A run', () => {
  const cases: [name: string, steps: string, results: string[], result: string][] = [
    [
      'stops at a failure',
      'steps: [{ task: Good@1 }, { task: Bad@1 }, { task: Good@1 }]',
      ['Succeeded', 'Failed', 'Skipped'],
      'Failed',
    ],
    [
      'goes on with continueOnError',
      'steps: [{ task: Bad@1, continueOnError: true }, { task: Good@1 }]',
      ['SucceededWithIssues', 'Succeeded'],
      'SucceededWithIssues',
    ],
    [
      'goes on after issues',
      'steps: [{ task: Issues@1 }, { task: Good@1 }]',
      ['SucceededWithIssues', 'Succeeded'],
      'SucceededWithIssues',
    ],
    [
      'runs always() after a failure',
      'steps: [{ task: Bad@1 }, { task: Good@1, condition: always() }, { task: Good@1, condition: failed() }]',
      ['Failed', 'Succeeded', 'Succeeded'],
      'Failed',
    ],
    [
      'skips failed() after success',
      'steps: [{ task: Good@1 }, { task: Good@1, condition: failed() }]',
      ['Succeeded', 'Skipped'],
      'Succeeded',
    ],
    [
      'leaves disabled steps out',
      'steps: [{ task: Bad@1, enabled: false }, { task: Good@1 }]',
      ['Succeeded'],
      'Succeeded',
    ],
    [
      'knows the job so far as a variable',
      `steps: [{ task: Bad@1, continueOnError: true }, { task: Good@1, condition: "eq(variables['Agent.JobStatus'], 'SucceededWithIssues')" }]`,
      ['SucceededWithIssues', 'Succeeded'],
      'SucceededWithIssues',
    ],
    [
      'fails a step whose condition cannot be evaluated',
      `steps: [{ task: Good@1, condition: "gt(1, 'x')" }]`,
      ['Failed'],
      'Failed',
    ],
    ['runs scripts', 'steps: [{ script: exit 0 }, { bash: exit 3 }]', ['Succeeded', 'Failed'], 'Failed'],
    ['runs CmdLine@2 as a script', 'steps: [{ task: CmdLine@2, inputs: { script: exit 1 } }]', ['Failed'], 'Failed'],
  ]
  for (const [name, steps, expected, result] of cases) {
    it(name, async () => {
      const done = await run(steps)
      assert.deepEqual(results(done), expected)
      assert.equal(done.result, result)
    })
  }

  it('hands outputs and variables to later steps', async () => {
    const done = await run(`steps:
- task: Rotate@1
  name: rotate
- task: Say@1
  inputs: { text: "$(rotate.hub) $(Durable.Hub) $(hub) $(KEY)" }
`)
    assert.deepEqual(said(done), ['said orders7 orders8 $(hub) ***'])
  })

  it('hands outputs to later jobs and stages', async () => {
    const done = await run(`stages:
- stage: One
  jobs:
  - job: A
    steps: [{ task: Rotate@1, name: rotate }]
  - job: B
    dependsOn: A
    variables: { hub: "$[ dependencies.A.outputs['rotate.hub'] ]", other: "$[dependencies.A.outputs['rotate.nothing']]" }
    steps: [{ task: Say@1, inputs: { text: "$(hub),$(other)" } }]
- stage: Two
  variables:
    hub: $[ stageDependencies.One.A.outputs['rotate.hub'] ]
  jobs:
  - job: C
    steps: [{ task: Say@1, inputs: { text: "$(hub) $(Durable.Hub)" } }]
`)
    assert.deepEqual(said(done), ['said orders7,', 'said orders7 $(Durable.Hub)'])
  })

  it('names the outputs of a deployment job after the job', async () => {
    const done = await run(`stages:
- stage: One
  jobs:
  - deployment: A
    environment: staging
    strategy: { runOnce: { deploy: { steps: [{ task: Rotate@1, name: rotate }, { task: Say@1, inputs: { text: $(Environment.Name) } }] } } }
- stage: Two
  condition: eq(dependencies.One.outputs['A.A.rotate.hub'], 'orders7')
  jobs:
  - job: B
    variables: { hub: "$[ stageDependencies.One.A.outputs['A.rotate.hub'] ]" }
    steps: [{ task: Say@1, inputs: { text: $(hub) } }]
`)
    assert.deepEqual(said(done), ['said staging', 'said orders7'])
  })

  it('skips what depends on a failure, and runs what asks for it', async () => {
    const done = await run(`jobs:
- { job: A, steps: [{ task: Bad@1 }] }
- { job: B, dependsOn: A, steps: [{ task: Good@1 }] }
- { job: C, dependsOn: B, condition: failed(), steps: [{ task: Good@1 }] }
- { job: D, dependsOn: B, steps: [{ task: Good@1 }] }
- { job: E, steps: [{ task: Good@1 }] }
- { job: F, dependsOn: [A, E], condition: "failed('E')", steps: [{ task: Good@1 }] }
`)
    assert.deepEqual(
      done.stages[0]?.jobs.map(({ result }) => result),
      ['Failed', 'Skipped', 'Succeeded', 'Skipped', 'Succeeded', 'Skipped'],
    )
    assert.equal(done.result, 'Failed')
  })

  it('lets inner variables win over outer ones, and given ones over all', async () => {
    const text = `variables: { a: outer, b: outer, c: "$(a)!" }
jobs:
- job: A
  variables: { a: inner }
  steps: [{ task: Say@1, inputs: { text: "$(a) $(b) $(c)" } }]
`
    assert.deepEqual(said(await run(text)), ['said inner outer inner!'])
    assert.deepEqual(said(await run(text, { variables: { A: 'given' } })), ['said given outer given!'])
  })

  it('keeps secret variables out of lines and scripts', async () => {
    const done = await run('steps: [{ script: "echo said $SECRET_KEY-$(key)-$MINE", env: { MINE: $(key) } }]', {
      secretVariables: { key: 'hidden' },
    })
    assert.deepEqual(said(done), ['said -***-***'])
  })

  it('hands artifacts to later jobs', async () => {
    writeFileSync(join(files.folder, 'app.zip'), 'package')
    const done = await run(
      `jobs:
- { job: A, steps: [{ checkout: self }, { publish: app.zip, artifact: drop }] }
- { job: B, dependsOn: A, steps: [{ download: current, artifact: drop }, { script: 'echo said $(cat "$(Pipeline.Workspace)/drop/app.zip")' }] }
- deployment: C
  dependsOn: A
  environment: e
  strategy: { runOnce: { deploy: { steps: [{ script: 'echo said $(cat "$(Pipeline.Workspace)/drop/app.zip")' }] } } }
- { job: D, dependsOn: A, steps: [{ download: current, artifact: none }] }
- { job: E, steps: [{ publish: nothing.zip, artifact: drop }] }
`,
      { sources: files.folder },
    )
    assert.deepEqual(said(done), ['said package', 'said package'])
    assert.deepEqual(
      done.stages[0]?.jobs.slice(3).flatMap(({ steps }) => steps.map(({ message }) => message)),
      ["Artifact 'none' was not published.", `There is nothing to publish at '${join(files.folder, 'nothing.zip')}'.`],
    )
  })

  it('that is cancelled ends its step and runs only what asks for it', async () => {
    const wait = files.task(
      'Wait',
      "process.on('SIGINT', () => process.exit(0)); setInterval(() => {}, 1000); console.log('ready')",
    )
    const cancel = new AbortController()
    const text =
      'steps: [{ task: Wait@1 }, { task: Good@1 }, { task: Good@1, condition: always() }, { task: Good@1, condition: canceled() }]'
    const done = await runYaml(text, [...all, wait], {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.kind === 'line' && event.line === 'ready') cancel.abort()
      },
    })
    assert.deepEqual(results(done), ['Canceled', 'Skipped', 'Succeeded', 'Succeeded'])
    assert.equal(done.result, 'Canceled')
  })

  const azure = azureRmConnection({
    armUrl: 'https://a/',
    authorityUrl: 'https://b/',
    tenantId: 't',
    subscriptionId: 's',
    secret: 'x',
  })
  const refused: [what: string, steps: string, says: RegExp][] = [
    [
      'a task it does not have',
      'steps: [{ task: Good@1 }, { task: Other@2 }]',
      /^Task 'Other@2' \(line 1\) is not known to the local runner, which has Bad@1, .*AzureFunctionApp@2, CmdLine@2\.$/,
    ],
    [
      'a service connection it does not have',
      'steps: [{ task: Connect@1, inputs: { azure: other } }]',
      /^Step 'Connect' \(line 1\) names the service connection 'other', which was not given\.$/,
    ],
    [
      'an input that a stand-in does not know',
      'steps: [{ task: AzureFunctionApp@2, inputs: { startUpCommand: x } }]',
      /^Input 'startUpCommand' of 'AzureFunctionApp@2' \(line 1\) is not understood/,
    ],
  ]
  for (const [what, steps, says] of refused) {
    it(`with ${what} is refused before anything runs`, async () => {
      const events: string[] = []
      await assert.rejects(
        run(steps, { connections: [azure], onEvent: (event: { kind: string }) => events.push(event.kind) }),
        { message: says },
      )
      assert.deepEqual(events, [])
    })
  }

  it('fails the step whose service connection turns out not to be there', async () => {
    const done = await run(
      'steps: [{ script: "echo \\"##vso[task.setvariable variable=conn]other\\"" }, { task: Connect@1, inputs: { azure: $(conn) } }]',
    )
    assert.deepEqual(results(done), ['Succeeded', 'Failed'])
  })
})
