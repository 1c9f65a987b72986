import assert from 'node:assert/strict'

import { unknownEvidence } from '../../../core/task-hub/idle-proof/idle.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { IdleProof } from '../../../core/task-hub/idle-proof/prove-idle.ts'
import { readCheckInputs } from '../../../tasks/CheckNoRunningOrchestrations/CheckNoRunningOrchestrationsV1/inputs.ts'
import { reportOfCheck } from '../../../tasks/CheckNoRunningOrchestrations/report.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const check = taskInputs('CheckNoRunningOrchestrations', readCheckInputs)
const hub = { account: { name: 'stshop', id: 'stshop' }, name: 'shop7' as HubName }
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

  it('says that it is not proven where the last look was not understood', () => {
    const evidence = unknownEvidence(hub, 'storage', 'its continuation token repeats')
    assert.match(told({ evidence }), /^Task hub 'shop7' is not proven idle: its continuation token repeats\./)
  })
})
