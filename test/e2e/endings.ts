import assert from 'node:assert/strict'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'

/** Whatever a task was given: one result, the process ended by itself, and nothing secret or half-made was said. */
export function assertEndsWell(run: TaskRun): void {
  const lines = run.raw.split('\n')
  assert.equal(run.exitCode, 0, run.log)
  assert.deepEqual(run.signalsSent, [])
  assert.equal(lines.filter((line) => line.startsWith('##vso[task.complete')).length, 1, run.log)
  const said = lines.filter((line) => !line.startsWith('##vso[task.setsecret]'))
  const told = [...said, ...Object.values(run.outputs), ...run.attachments.map(({ text }) => text)].join('\n')
  for (const secret of run.secrets.filter((text) => text.length >= 4)) {
    assert.ok(!told.includes(secret), `the secret '${secret.slice(0, 4)}…' was printed`)
  }
  assert.doesNotMatch(told, /eyJ[\w-]{20,}\.[\w-]{20,}/, 'a token was printed')
  assert.doesNotMatch(told, /AccountKey=[^;*]|SharedAccessSignature=[^;*]|[?&]sig=[^&*]/i)
}

/** The task failed, as its users are to see it: one error, one sentence or more with the value and the remedy. */
export function assertRefused(run: TaskRun, ...says: readonly RegExp[]): void {
  assert.equal(run.result, 'Failed', run.log)
  assert.equal(run.reported, 'Failed', run.log)
  assertEndsWell(run)
  const errors = run.issues.filter(({ type }) => type === 'error')
  assert.equal(errors.length, 1, run.log)
  const { message } = run
  assert.equal(errors[0]?.message, message)
  for (const said of says) assert.match(message, said)
  assert.doesNotMatch(message, /\bundefined\b|\bnull\b|\bNaN\b|\[object|\bbug in this extension\b/)
  assert.doesNotMatch(run.log, /\bundefined\b|\[object|^\s+at .+:\d+:\d+\)?$/m)
  assert.match(message, /'[^']+'/, 'no value in quotes')
  assert.match(message, /\.$/, 'no whole sentence')
  assert.doesNotMatch(message, /\.\.(?!\.)|: :|\s{2}|\. [:;]/, 'a sentence that is put together badly')
}

export function warningsOf(run: TaskRun): readonly string[] {
  return run.issues.filter(({ type }) => type === 'warning').map(({ message }) => message)
}
