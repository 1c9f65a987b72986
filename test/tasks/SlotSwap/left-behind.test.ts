import assert from 'node:assert/strict'
import { production } from '../../../core/function-app/picture.ts'
import { requireSide } from '../../../core/function-app/slot-rules.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { whatStillRuns } from '../../../tasks/SlotSwap/left-behind.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { shop, story } from '../story.ts'

/** What is told of a stopped slot 'staging' that so many instances were left in. */
async function toldOf(left: number): Promise<string> {
  const slots = app().slot('staging', { hub: 'shop99', state: 'Stopped' })
  const instances = Array.from({ length: left }, () => ({ name: 'Order', status: 'Running' }))
  const { deps, signal } = story(new FakeAzure(slots).hub('shop99', { instances }))
  const side = requireSide(slots.view(), 'staging')
  assert.ok(!('problem' in side))
  const wanted = {
    ...shop,
    sourceSlot: 'staging' as SlotName,
    targetSlot: production,
    taskHub: { name: hubNamed('shop99') },
  }
  return await whatStillRuns(wanted, deps, side, signal)
}

describe('what is told of the instances in a slot that was stopped', () => {
  it('is that they do not go on until it is started', async () => {
    const end =
      "on task hub 'shop99', in slot 'staging', which was stopped before the swap: nothing runs there until the slot is started."

    assert.equal(await toldOf(2), `2 instances have not ended ${end}`)
    assert.equal(await toldOf(1), `1 instance has not ended ${end}`)
  })

  it('is that none runs where none is left', async () => {
    assert.match(await toldOf(0), /^No instance runs .* any more\.$/)
  })
})
