import assert from 'node:assert/strict'
import { evidenceSummary } from '../../../core/report/evidence-summary.ts'
import type { AskedHub } from '../../../core/task-hub/hub.ts'
import { accountInWords } from '../../../core/task-hub/hub.ts'
import { unknownEvidence } from '../../../core/task-hub/idle-proof/idle.ts'
import type { HubName } from '../../../core/task-hub/name.ts'

const name = 'shop7' as HubName
const known: AskedHub = { name, account: { name: 'stshop', id: 'stshop.core.windows.net' } }
const hidden: AskedHub = { name }

describe('what one look at a hub showed', () => {
  it('names the hub and its storage account', () => {
    const shown = evidenceSummary(unknownEvidence(known, 'storage', 'status 403'))

    assert.match(shown, /^Task hub \*\*shop7\*\* in storage account \*\*stshop\*\*: ❓ unknown \(evidence: storage\)/)
    assert.equal(accountInWords(known), "storage account 'stshop'")
  })

  it('names no storage account where the settings of the slot hide it', () => {
    const shown = evidenceSummary(unknownEvidence(hidden, 'managementApi', 'status 403'))

    assert.match(shown, /^Task hub \*\*shop7\*\* in a storage account that cannot be told: ❓ unknown/)
    assert.equal(accountInWords(hidden), 'a storage account that cannot be told')
  })
})
