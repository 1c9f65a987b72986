import assert from 'node:assert/strict'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'

const patienceMs = 7000

/**
 * Starts a task, cancels it as soon as `moment` has come, and sees that it ended by itself in time, Failed, with one
 * result and exit code 0.
 */
export async function cancelAt(
  moment: Promise<unknown>,
  start: (signal: AbortSignal) => Promise<TaskRun>,
): Promise<TaskRun> {
  const cancel = new AbortController()
  const running = start(cancel.signal)
  const early = await Promise.race([moment.then(() => undefined), running])
  assert.equal(early, undefined, `the task ended before it could be cancelled: ${early?.log ?? ''}`)
  const from = performance.now()
  cancel.abort()
  const run = await running
  assert.ok(performance.now() - from < patienceMs, 'it took too long to end')
  assert.equal(run.result, 'Canceled')
  assert.equal(run.reported, 'Failed', run.log)
  assert.equal(run.exitCode, 0)
  assert.deepEqual(run.signalsSent, ['SIGINT'])
  assert.equal(run.raw.split('\n').filter((line) => line.startsWith('##vso[task.complete')).length, 1, run.log)
  assert.match(run.message, /[Cc]ancelled/)
  return run
}
