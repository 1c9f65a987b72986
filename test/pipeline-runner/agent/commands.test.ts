import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runTask } from '../../../pipeline-runner/agent/run-task.ts'
import type { TaskRun } from '../../../pipeline-runner/agent/task-run.ts'
import { fixture, prints } from '../fixture.ts'

const files = fixture()
after(() => files.dispose())

let count = 0
function say(lines: readonly string[], taskJson: object = {}, options: object = {}): Promise<TaskRun> {
  const task = files.task(`Say${count++}`, prints(...lines), taskJson)
  return runTask({ task, inputs: {}, ...options })
}

const complete = (result: string, text = ''): string => `##vso[task.complete result=${result};]${text}`

describe('The result of a task', () => {
  const cases: [name: string, lines: string[], result: string, message: string][] = [
    ['is success when it says nothing', ['hello'], 'Succeeded', ''],
    ['is what it says', [complete('Failed', 'no')], 'Failed', 'no'],
    ['is the worst it says', [complete('Failed', 'a'), complete('Succeeded', 'b')], 'Failed', 'b'],
    ['may be success with issues', [complete('SucceededWithIssues', 'hm')], 'SucceededWithIssues', 'hm'],
    [
      'fails on a result that is none',
      [complete('failed')],
      'Failed',
      "Unable to process command '##VSO-[task.complete result=failed;]' successfully.",
    ],
    [
      'fails on a command that is not known',
      ['##vso[task.dance]x'],
      'Failed',
      "Unable to process command '##VSO-[task.dance]x' successfully.",
    ],
    ['does not fail on an area that is not known', ['##vso[moon.walk]x'], 'Succeeded', ''],
    ['does not fail on an error issue alone', ['##vso[task.logissue type=error]bad'], 'Succeeded', 'bad'],
    [
      'fails on an issue of no known kind',
      ['##vso[task.logissue type=hint]x'],
      'Failed',
      "Unable to process command '##VSO-[task.logissue type=hint]x' successfully.",
    ],
  ]
  for (const [name, lines, result, message] of cases) {
    it(name, async () => {
      const run = await say(lines)
      assert.deepEqual([run.result, run.message], [result, message])
    })
  }

  it('fails on an exit code, whatever the task said', async () => {
    const task = files.task('Exit', `${prints(complete('Succeeded', 'fine'))}\nprocess.exit(3)`)
    const run = await runTask({ task, inputs: {} })
    assert.equal(run.result, 'Failed')
    assert.equal(run.reported, 'Succeeded')
    assert.equal(run.exitCode, 3)
    assert.match(run.log, /##\[error\]Exit code 3 returned from the task's process/)
  })
})

describe('A task that sets variables', () => {
  const outputVariables = [{ name: 'hub' }]

  it('gives outputs under the name of its step', async () => {
    const lines = [
      '##vso[task.setvariable variable=hub]orders7',
      '##vso[task.setvariable variable=more;isOutput=true]x',
    ]
    const run = await say(lines, { outputVariables })
    assert.deepEqual(run.outputs, { hub: 'orders7', more: 'x' })
    assert.deepEqual(run.variables, {})
  })

  it('sets job variables otherwise', async () => {
    const run = await say(['##vso[task.setvariable variable=A.b]%AZP251%0Ax'])
    assert.deepEqual(run.variables, { 'A.b': '%1\nx' })
  })

  it('has its secret variables masked from then on', async () => {
    const run = await say(['see word', '##vso[task.setvariable variable=a;isSecret=true]word', 'see word'])
    assert.equal(run.log, 'see word\nsee ***')
    assert.deepEqual(run.secrets, ['word'])
  })

  it('may set only what its restrictions allow', async () => {
    const restrictions = { settableVariables: { allowed: ['hub', 'Durable.*'] } }
    const lines = ['HUB', 'durable.x', 'PATH'].map((name) => `##vso[task.setvariable variable=${name}]1`)
    const run = await say(lines, { restrictions })
    assert.deepEqual(run.variables, { HUB: '1', 'durable.x': '1' })
    assert.equal(run.result, 'Succeeded')
    assert.deepEqual(run.issues, [
      { type: 'warning', message: "Setting variable 'PATH' has been disabled by the task or build definition." },
    ])
  })

  it('fails on a secret of several lines and on a missing name', async () => {
    const secret = await say(['##vso[task.setvariable variable=a;isSecret=true]1%0A2'])
    assert.match(secret.log, /Secrets cannot contain multiple lines/)
    assert.equal(secret.result, 'Failed')
    assert.equal((await say(['##vso[task.setvariable]1'])).result, 'Failed')
  })
})

describe('A task that reports', () => {
  it('shows issues, tagged and masked', async () => {
    const run = await say([
      '##vso[task.setsecret]word',
      '##vso[task.issue type=warning]a word',
      '##vso[task.logissue type=error]b%0Ac',
    ])
    assert.equal(run.log, '##[warning]a ***\n##[error]b\nc')
    assert.deepEqual(run.issues, [
      { type: 'warning', message: 'a ***' },
      { type: 'error', message: 'b\nc' },
    ])
  })

  it('shows debug lines only where System.Debug is true', async () => {
    assert.equal((await say(['##vso[task.debug]x'])).log, '')
    assert.equal((await say(['##vso[task.debug]x'], {}, { variables: { 'system.debug': 'true' } })).log, '##[debug]x')
  })

  it('keeps the highest progress within 0 and 100', async () => {
    const lines = ['30', '20', 'x'].map((value) => `##vso[task.setprogress value=${value}]`)
    assert.equal((await say(lines)).progress, 30)
    assert.equal((await say(['##vso[task.setprogress value=400]'])).progress, 100)
    assert.equal((await say([complete('Succeeded')])).progress, 100)
  })

  it('has its summaries and attachments read', async () => {
    const file = join(files.folder, 'note.md')
    writeFileSync(file, '# Done')
    const run = await say([
      `##vso[task.uploadsummary]${file}`,
      `##vso[task.addattachment type=Distributedtask.Core.Summary;name=Safe deployment]${file}`,
      `##vso[task.uploadfile]${file}`,
    ])
    assert.deepEqual(run.attachments, [
      { type: 'Distributedtask.Core.Summary', name: 'note.md', text: '# Done' },
      { type: 'Distributedtask.Core.Summary', name: 'Safe deployment', text: '# Done' },
      { type: 'Distributedtask.Core.FileAttachment', name: 'note.md', text: '# Done' },
    ])
  })

  it('fails on an attachment that is not there or has no type or name', async () => {
    for (const command of [
      'uploadsummary',
      'addattachment type=a;name=b',
      'addattachment name=b',
      'addattachment type=a',
    ]) {
      assert.equal((await say([`##vso[task.${command}]/no/such/file`])).result, 'Failed', command)
    }
  })

  it('may not attach in restricted mode', async () => {
    const restrictions = { commands: { mode: 'restricted' } }
    const run = await say(['##vso[task.uploadsummary]/x', '##vso[build.addbuildtag]x', '##vso[task.debug]x'], {
      restrictions,
    })
    assert.equal(run.result, 'Succeeded')
    assert.equal(run.issues.length, 2)
    assert.match(run.issues[0]?.message ?? '', /not allowed in this step/)
  })

  it('is told which commands have no effect here', async () => {
    const run = await say(['##vso[build.addbuildtag]x', '##vso[telemetry.publish]x'])
    assert.deepEqual(run.issues, [
      { type: 'warning', message: "'##VSO-[build.addbuildtag]' has no effect in the local runner." },
    ])
  })

  it('may detail its timeline, set task variables and put a folder in front of the path', async () => {
    const lines = [
      '##vso[task.logdetail id=1;name=a;type=b]x',
      '##vso[task.settaskvariable variable=a;issecret=true]w1',
      '##vso[task.prependpath]/tools',
    ]
    const run = await say([...lines, 'w1'])
    assert.equal(run.result, 'Succeeded')
    assert.equal(run.log, '***')
    assert.equal((await say(['##vso[task.logdetail]x'])).result, 'Failed')
    assert.equal((await say(['##vso[task.prependpath]'])).result, 'Failed')
    assert.equal((await say(['##vso[task.settaskvariable]'])).result, 'Failed')
  })
})
