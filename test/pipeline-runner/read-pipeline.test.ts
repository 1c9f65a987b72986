import assert from 'node:assert/strict'

import { readPipeline } from '../../pipeline-runner/read-pipeline.ts'

describe('A pipeline file', () => {
  it('with steps alone is one job', () => {
    const { stages } = readPipeline(
      'trigger: none\npr: none\nname: $(Date)\npool:\n  vmImage: x\nsteps:\n- script: echo 1\n',
    )
    assert.equal(stages.length, 1)
    assert.deepEqual(
      stages[0]?.jobs.map(({ name, steps }) => [name, steps.length]),
      [['Job', 1]],
    )
  })

  it('may list variables or map them', () => {
    const asMap = readPipeline('variables:\n  a: 1.0\n  b: true\nsteps: []\n').variables
    const asList = readPipeline(
      'variables:\n- name: a\n  value: 1.0\n- name: b\n  value: true\n  readonly: true\nsteps: []',
    ).variables
    assert.deepEqual(
      asMap.map(({ name, value }) => [name, value]),
      [
        ['a', '1.0'],
        ['b', 'true'],
      ],
    )
    assert.deepEqual(
      asList.map(({ name, value, readOnly }) => [name, value, readOnly]),
      [
        ['a', '1.0', false],
        ['b', 'true', true],
      ],
    )
  })

  it('keeps every setting of a step', () => {
    const text = `steps:
- task: acme.tools.swap.SlotSwap@1
  name: swap
  displayName: Swap $(app)
  condition: and(succeeded(), eq(variables.a, 'b'))
  enabled: false
  continueOnError: true
  timeoutInMinutes: 7
  retryCountOnTaskFailure: 2
  env: { KEY: $(key) }
  inputs:
    lines: |
      one
      two
    none:
`
    const step = readPipeline(text).stages[0]?.jobs[0]?.steps[0]
    assert.deepEqual(step, {
      kind: 'task',
      task: 'acme.tools.swap.SlotSwap@1',
      name: 'swap',
      displayName: 'Swap $(app)',
      condition: "and(succeeded(), eq(variables.a, 'b'))",
      enabled: false,
      continueOnError: true,
      timeoutInMinutes: 7,
      retryCountOnTaskFailure: 2,
      env: { KEY: '$(key)' },
      inputs: { lines: 'one\ntwo\n', none: '' },
      line: 2,
    })
  })

  it('gives steps without a name one of their own', () => {
    const { stages } = readPipeline('steps:\n- task: A@1\n- task: A@1\n- script: x\n- bash: y\n')
    assert.deepEqual(
      stages[0]?.jobs[0]?.steps.map(({ name }) => name),
      ['A', 'A1', 'CmdLine', 'Bash'],
    )
  })

  it('runs jobs after those they depend on', () => {
    const text = 'jobs:\n- job: B\n  dependsOn: A\n  steps: []\n- job: A\n  steps: []\n'
    assert.deepEqual(
      readPipeline(text).stages[0]?.jobs.map(({ name }) => name),
      ['A', 'B'],
    )
  })

  it('makes a stage depend on the one before it', () => {
    const text = 'stages:\n- stage: A\n  jobs: []\n- stage: B\n  jobs: []\n- stage: C\n  dependsOn: []\n  jobs: []\n'
    assert.deepEqual(
      readPipeline(text).stages.map(({ dependsOn }) => dependsOn),
      [[], ['A'], []],
    )
  })

  const job = (text: string): string => `jobs:\n- job: A\n${text}\n  steps: []\n`
  const refused: [what: string, text: string, says: string | RegExp][] = [
    ['parameters', 'parameters: []\nsteps: []', "'parameters' (line 1) is not understood by the local runner."],
    ['resources', 'steps: []\nresources: {}', "'resources' (line 2) is not understood by the local runner."],
    [
      'a strategy of a job',
      job('  strategy:\n    matrix: {}'),
      "'strategy' (line 3) is not understood by the local runner.",
    ],
    ['a container', job('  container: x'), "'container' (line 3) is not understood by the local runner."],
    [
      'a variable group',
      'variables:\n- group: x\nsteps: []',
      "'group' (line 2) is not understood by the local runner.",
    ],
    ['a template', 'steps:\n- template: x.yml', "'template' (line 2) is not understood by the local runner."],
    ['a template expression', 'steps:\n- script: ${{ x }}', /'script' \(line 2\) has a template expression/],
    ['a template expression as a key', 'steps:\n- ${{ if x }}:\n  - script: 1', /has a template expression/],
    ['pwsh', 'steps:\n- pwsh: x', "'pwsh' (line 2) is not understood by the local runner."],
    [
      'an unknown key of a step',
      'steps:\n- task: A@1\n  target: x',
      "'target' (line 3) is not understood by the local runner.",
    ],
    [
      'canary deployment',
      'jobs:\n- deployment: A\n  environment: e\n  strategy:\n    canary: {}',
      "'canary' (line 5) is not understood by the local runner.",
    ],
    [
      'a deployment hook',
      'jobs:\n- deployment: A\n  environment: e\n  strategy:\n    runOnce:\n      preDeploy: {}',
      "'preDeploy' (line 6) is not understood by the local runner.",
    ],
    [
      'a deployment without steps',
      'jobs:\n- deployment: A\n  environment: e',
      /'A' has no strategy\.runOnce\.deploy\.steps/,
    ],
    [
      'a step that is none',
      'steps:\n- displayName: x',
      "'displayName' (line 2) is not understood by the local runner.",
    ],
    ['a task without a version', 'steps:\n- task: A', "'task' (line 2) must be like 'SlotSwap@1', not 'A'."],
    [
      'a word where a boolean belongs',
      'steps:\n- task: A@1\n  enabled: perhaps',
      "'enabled' (line 3) must be true or false, not 'perhaps'.",
    ],
    [
      'a fraction of a minute',
      'steps:\n- task: A@1\n  timeoutInMinutes: 1.5',
      "'timeoutInMinutes' (line 3) must be a whole number, not '1.5'.",
    ],
    [
      'a mapping where a text belongs',
      'steps:\n- task: A@1\n  displayName: {}',
      "'displayName' (line 3) must be a single value.",
    ],
    [
      'a condition it cannot read',
      'steps:\n- task: A@1\n  condition: iif(1)',
      "'condition' (line 3): Function 'iif' is not understood by the local runner.",
    ],
    [
      'a variable expression it cannot read',
      'variables:\n  a: $[counter(1)]\nsteps: []',
      "'a' (line 2): Function 'counter' is not understood by the local runner.",
    ],
    ['two steps of one name', 'steps:\n- script: 1\n  name: a\n- script: 2\n  name: a', /has two steps named 'a'/],
    ['two jobs of one name', 'jobs:\n- job: A\n  steps: []\n- job: a\n  steps: []', /has two jobs named 'A'/],
    ['a job that depends on nothing known', job('  dependsOn: B'), /a job 'A' that depends on 'B', which is not there/],
    [
      'jobs in a circle',
      'jobs:\n- job: A\n  dependsOn: B\n  steps: []\n- job: B\n  dependsOn: A\n  steps: []',
      /depend on each other in a circle/,
    ],
    ['steps beside jobs', 'jobs: []\nsteps: []', /'steps' \(line 2\) cannot stand beside 'jobs'/],
    ['nothing to run', 'trigger: none', "The pipeline has no 'stages', 'jobs' or 'steps'."],
    ['an empty file', '', /must be a mapping/],
    ['broken YAML', 'steps:\n- script: "x', /^The pipeline is not valid YAML \(line \d\): /],
    ['publish without a name', 'steps:\n- publish: x', /'publish' step without 'artifact'/],
    ['download from elsewhere', 'steps:\n- download: other', "'download' (line 2) must be current or none."],
    ['checkout of another repository', 'steps:\n- checkout: git://x', "'checkout' (line 2) must be self or none."],
  ]
  for (const [what, text, says] of refused) {
    it(`with ${what} is refused by name and line`, () => {
      assert.throws(() => readPipeline(text), { message: says })
    })
  }
})
