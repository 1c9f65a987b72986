import assert from 'node:assert/strict'

import { noAccount } from '../../../core/task-hub/account/account.ts'
import type { Evidence } from '../../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../../core/task-hub/idle-proof/idle.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { IdleProof } from '../../../core/task-hub/idle-proof/prove-idle.ts'
import { readCheckInputs } from '../../../tasks/CheckNoRunningOrchestrations/CheckNoRunningOrchestrationsV1/inputs.ts'
import { reportOfCheck } from '../../../tasks/CheckNoRunningOrchestrations/report.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const check = taskInputs('CheckNoRunningOrchestrations', readCheckInputs)
const hub = { account: { name: 'stshop', id: 'stshop' }, name: 'shop7' as HubName }
const account = { lines: [], others: 0, lostStarts: 0, timers: 0, continued: 0, memory: noAccount }
const busy = { ...unknownEvidence(hub, 'storage', '2 running'), verdict: 'busy' } as const

function told(proof: Partial<IdleProof>, inputs: Readonly<Record<string, string>> = {}): string {
  const whole = { evidence: busy, proofs: 0, waitedMs: 0, timedOut: false, ...proof } as const
  return reportOfCheck(check.wanted(inputs), whole, undefined).message
}

describe('a check that could not prove a hub idle', () => {
  it('says how long it waited', () => {
    assert.match(
      told({ timedOut: true, waitedMs: 3_600_400 }),
      /^Task hub 'shop7' is busy after 60 minutes of waiting: /,
    )
    assert.match(told({ timedOut: true, waitedMs: 60_100 }), /^Task hub 'shop7' is busy after 1 minute of waiting: /)
  })

  it('does not speak of waiting where it did not wait', () => {
    assert.match(told({}, { timeoutInMinutes: '0' }), /^Task hub 'shop7' is busy: 2 running\. Nothing was changed\./)
  })

  const counts = busy.counts
  const remedies: readonly [string, Partial<Evidence>, Record<string, string>, RegExp][] = [
    ['work that ends by itself', { counts: { ...counts, running: 2 } }, {}, /changed\. Let the work finish, give time/],
    [
      'suspended instances',
      { counts: { ...counts, suspended: 1 } },
      {},
      /changed\. Resume or terminate the suspended\.$/,
    ],
    [
      'suspended instances beside others',
      { counts: { ...counts, suspended: 1, running: 1 } },
      {},
      /Resume or terminate the suspended\. Let the work finish/,
    ],
    [
      'starts that are lost',
      { counts: { ...counts, pending: 1 }, account: { ...account, lostStarts: 1 } },
      {},
      /Terminate the pending whose start message is lost, or name them in ignoreInstances\.$/,
    ],
    [
      'idle entities that are to block',
      { counts: { ...counts, idleEntities: 1 } },
      { entityPolicy: 'block' },
      /because entityPolicy is 'block'; 'ignoreIdle' lets them pass\.$/,
    ],
    ['what came and went', {}, {}, /Stop what begins new work on it, .* or give timeoutInMinutes more time\.$/],
    ['a status function alone', { source: 'statusEndpoint' }, {}, /Let the work finish/],
  ]
  for (const [what, twist, inputs, says] of remedies) {
    it(`says what to do about ${what}`, () => {
      assert.match(told({ evidence: { ...busy, ...twist } }, inputs), says)
    })
  }

  it('says that it is not proven where the last look was not understood', () => {
    const evidence = unknownEvidence(hub, 'storage', 'its continuation token repeats')
    assert.match(told({ evidence }), /^Task hub 'shop7' is not proven idle: its continuation token repeats\./)
  })
})
