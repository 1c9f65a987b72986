import assert from 'node:assert/strict'
import { Cancelled } from '../../../../core/failures.ts'
import type { Evidence, Verdict } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../../../core/task-hub/idle-proof/idle.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { waitUntilIdle, type WaitOptions } from '../../../../core/task-hub/idle-proof/prove-idle.ts'
import { FakeClock, FakeLog } from '../../../support/fake-clock.ts'

const hub = { account: { name: 'acct', id: 'acct' }, name: 'Orders' as HubName }
const minute = 60_000

function wait(verdicts: readonly Verdict[], options: Partial<WaitOptions> = {}, signal = new AbortController().signal) {
  const clock = new FakeClock()
  const log = new FakeLog()
  let looks = 0
  const look = (): Promise<Evidence> => {
    const verdict = verdicts[Math.min(looks++, verdicts.length - 1)] ?? 'unknown'
    return Promise.resolve({ ...unknownEvidence(hub, 'storage', '3 running'), verdict })
  }
  const all = { timeoutMs: 10 * minute, pollIntervalMs: 15_000, quietPeriodMs: 30_000, ...options }
  const proof = waitUntilIdle({ look, clock, log }, all, signal)
  return { proof, clock, log, looks: () => looks }
}

describe('a hub is proven idle', () => {
  it('by two looks a quiet period apart', async () => {
    const { proof, clock, looks } = wait(['idle'])
    const { evidence, proofs, waitedMs, timedOut } = await proof
    assert.equal(evidence.verdict, 'idle')
    assert.deepEqual([proofs, waitedMs, timedOut, looks()], [2, 30_000, false, 2])
    assert.deepEqual(clock.slept, [30_000])
  })

  it('by two looks even where there is no time to wait', async () => {
    const { proofs, timedOut } = await wait(['idle'], { timeoutMs: 0 }).proof
    assert.deepEqual([proofs, timedOut], [2, false])
  })

  it('not by two looks with a busy one between them', async () => {
    const { proof, looks } = wait(['idle', 'busy', 'idle', 'idle'])
    assert.equal((await proof).proofs, 2)
    assert.equal(looks(), 4)
  })

  it('not without waiting where it is busy', async () => {
    const { proof, clock } = wait(['busy'], { timeoutMs: 0 })
    const { evidence, proofs, timedOut } = await proof
    assert.deepEqual([evidence.verdict, proofs, timedOut, clock.slept.length], ['busy', 0, false, 0])
  })

  it('not where the second look is unknown and the time is up', async () => {
    const { evidence, proofs } = await wait(['idle', 'unknown'], { timeoutMs: 0 }).proof
    assert.deepEqual([evidence.verdict, proofs], ['unknown', 0])
  })

  it('once the work is done, and says meanwhile what runs', async () => {
    const { proof, log } = wait(['busy', 'busy', 'idle'])
    assert.equal((await proof).evidence.verdict, 'idle')
    assert.match(log.lines.join('\n'), /^0 % Task hub 'Orders' is busy: 3 running\. Waited 0 s of 10 min\.$/m)
    assert.match(log.lines.join('\n'), /^2 % /m)
  })

  it('after a passing failure to look', async () => {
    assert.equal((await wait(['unknown', 'idle']).proof).evidence.verdict, 'idle')
  })

  for (const verdict of ['busy', 'unknown'] as const) {
    it(`not within the time: ends as ${verdict} at the deadline, with a look at the deadline itself`, async () => {
      const { evidence, waitedMs, timedOut } = await wait([verdict], { timeoutMs: 50_000 }).proof
      assert.deepEqual([evidence.verdict, waitedMs, timedOut], [verdict, 50_000, true])
    })
  }

  it('by a second look after the deadline at the latest', async () => {
    const { proof } = wait(['busy', 'busy', 'idle'], { timeoutMs: 30_000 })
    const { proofs, waitedMs, timedOut } = await proof
    assert.deepEqual([proofs, waitedMs, timedOut], [2, 60_000, false])
  })

  it('never after a cancel, even if the look does not notice it', async () => {
    const cancel = new AbortController()
    const clock = new FakeClock()
    const never = new Promise<Evidence>(() => {})
    const options = { timeoutMs: minute, pollIntervalMs: 1000, quietPeriodMs: 1000 }
    const proof = waitUntilIdle({ look: () => never, clock, log: new FakeLog() }, options, cancel.signal)
    cancel.abort()
    await assert.rejects(proof, Cancelled)
    await assert.rejects(wait(['idle'], {}, cancel.signal).proof, Cancelled)
  })
})
