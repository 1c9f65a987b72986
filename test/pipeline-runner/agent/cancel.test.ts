import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import { runTask } from '../../../pipeline-runner/agent/run-task.ts'
import type { RunTaskOptions } from '../../../pipeline-runner/agent/run-task.ts'
import type { TaskRun } from '../../../pipeline-runner/agent/task-run.ts'
import { fixture } from '../fixture.ts'

const files = fixture()
after(() => files.dispose())

const patience = { afterSigintMs: 300, afterSigtermMs: 300 }
const forever = 'setInterval(() => {}, 1000); console.log("ready")'
const onSigint = (code: string): string => `process.on('SIGINT', () => { ${code} })\n`
const onSigterm = (code: string): string => `process.on('SIGTERM', () => { ${code} })\n`

/** Cancels the task as soon as it prints `ready`. */
function cancelled(name: string, code: string, options: Partial<RunTaskOptions> = {}): Promise<TaskRun> {
  const cancel = new AbortController()
  const onLine = (line: string): void => {
    if (line === 'ready') cancel.abort()
  }
  return runTask({ task: files.task(name, code), inputs: {}, patience, signal: cancel.signal, onLine, ...options })
}

/** A process that has ended but was not yet collected by its new parent does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('A cancelled task', () => {
  const complete = "console.log('##vso[task.complete result=Failed;]still swapping'); process.exit(0)"
  const cases: [name: string, code: string, sent: NodeJS.Signals[]][] = [
    ['gets SIGINT and may end by itself', onSigint(complete) + forever, ['SIGINT']],
    ['that ignores SIGINT gets SIGTERM', onSigint('') + onSigterm('process.exit(0)') + forever, ['SIGINT', 'SIGTERM']],
    ['that ignores both is killed', onSigint('') + onSigterm('') + forever, ['SIGINT', 'SIGTERM', 'SIGKILL']],
  ]
  for (const [name, code, sent] of cases) {
    it(name, async () => {
      const run = await cancelled(`C${sent.length}`, code)
      assert.deepEqual(run.signalsSent, sent)
      assert.equal(run.result, 'Canceled')
    })
  }

  it('keeps what it said last', async () => {
    const run = await cancelled('Last', onSigint(complete) + forever)
    assert.equal(run.message, 'still swapping')
    assert.equal(run.reported, 'Failed')
    assert.equal(run.exitCode, 0)
  })

  it('takes its children with it when it is killed', async () => {
    const child = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })\nconsole.log('child ' + c.pid)\n`
    const run = await cancelled('Tree', child + onSigint('') + onSigterm('') + forever)
    const pid = Number(/child (\d+)/.exec(run.raw)?.[1])
    assert.equal(isRunning(pid), false)
  })

  it('is not tried again', async () => {
    assert.equal((await cancelled('Again', onSigint(complete) + forever, { retries: 3 })).attempts, 1)
  })

  it('that is cancelled before it starts is cancelled all the same', async () => {
    const run = await runTask({ task: files.task('Early', forever), inputs: {}, patience, signal: AbortSignal.abort() })
    assert.equal(run.result, 'Canceled')
  })
})

describe('A task that takes too long', () => {
  it('is cancelled in the same way and fails', async () => {
    const run = await runTask({
      task: files.task('Slow', onSigint('process.exit(0)') + forever),
      inputs: {},
      patience,
      timeoutMs: 400,
    })
    assert.equal(run.result, 'Failed')
    assert.deepEqual(run.signalsSent, ['SIGINT'])
    assert.match(run.log, /##\[error\]The task has timed out\./)
  })
})

describe('A failing task', () => {
  const failTwice = (file: string): string => `
    const fs = require('fs')
    const tries = fs.existsSync(${JSON.stringify(file)}) ? Number(fs.readFileSync(${JSON.stringify(file)}, 'utf8')) + 1 : 1
    fs.writeFileSync(${JSON.stringify(file)}, String(tries))
    console.log('##vso[task.complete result=' + (tries < 3 ? 'Failed' : 'Succeeded') + ';]try ' + tries)`

  it('is tried again as often as its step allows', async () => {
    const waits: number[] = []
    const retryDelayMs = (retry: number): number => {
      waits.push(retry)
      return 1
    }
    const task = files.task('Retry', failTwice(`${files.folder}/tries`))
    const run = await runTask({ task, inputs: {}, retries: 5, retryDelayMs })
    assert.deepEqual([run.result, run.message, run.attempts], ['Succeeded', 'try 3', 3])
    assert.equal(run.issues.length, 2)
    assert.deepEqual(waits, [0, 1])
  })

  it('fails when the attempts are used up', async () => {
    const task = files.task('Used', failTwice(`${files.folder}/used`))
    const run = await runTask({ task, inputs: {}, retries: 1, retryDelayMs: () => 1 })
    assert.deepEqual([run.result, run.message, run.attempts], ['Failed', 'try 2', 2])
  })

  it('is tried again 10 times at most', async () => {
    const task = files.task('Many', 'process.exit(1)')
    const run = await runTask({ task, inputs: {}, retries: 11, retryDelayMs: () => 1 })
    assert.equal(run.attempts, 11)
    assert.match(run.log, /10 times at most, not 11/)
  })
})
