// A task whose lock another run takes over, wherever that happens.
import assert from 'node:assert/strict'
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { recordRotated, recordRotating } from '../../../core/rotate/record.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { run } from '../story.ts'
import { cleanupWanted, heldBy, open, rival, rotateWanted, swapWanted } from './scene.ts'

type Opened = ReturnType<typeof open>

const account = { name: 'shopdata', id: 'shopdata.core.windows.net' }
const rotation = {
  hub: { account, name: hubNamed('shop99') },
  previous: { account, name: hubNamed('shop98') },
  at: '2026-11-21T08:00:00.000Z',
  by: run,
  evidence: 'none required',
}

function kept(record: DeploymentRecord): DeploymentRecord {
  const { lock, generation = 0 } = heldBy(run, { kept: true })
  return lock ? { ...record, lock, generation } : record
}

/** All that enters anything in the deployment record. */
const acts: readonly (readonly [string, () => Opened, (opened: Opened) => Promise<unknown>])[] = [
  ['a rotation', () => open(), async ({ rotate }) => await rotate()],
  [
    'a rotation that was done before',
    () => open(new FakeAzure(app()).keep(recordRotating(emptyRecord('shop'), rotation))),
    async ({ rotate }) => await rotate({ taskHub: hubNamed('shop99') }),
  ],
  ['a swap', () => open(), async ({ swap }) => await swap()],
  [
    'a swap and the way back',
    () => {
      const opened = open()
      opened.azure.hosts.sick('production', 'boom')
      return opened
    },
    async ({ swap }) => await swap(),
  ],
  [
    'a swap that was done before, by this run',
    () => open(new FakeAzure(app()).keep(kept(recordRotated(emptyRecord('shop'), { ...rotation, hub: shopOne() })))),
    async ({ swap }) => await swap({ taskHub: { name: hubNamed('shop100') } }),
  ],
  ['a clean-up', () => open(), async ({ cleanUp }) => await cleanUp()],
  [
    'a clean-up of a hub that is gone',
    () =>
      open(
        new FakeAzure(app())
          .hub('shop7')
          .keep(recordRotated(emptyRecord('shop'), { ...rotation, previous: { account, name: hubNamed('shop8') } })),
      ),
    async ({ cleanUp }) => await cleanUp(),
  ],
]

function shopOne() {
  return { account, name: hubNamed('shop100') }
}

describe('A task whose lock another run has taken over', () => {
  for (const [what, begin, act] of acts) {
    it(`enters nothing more in the record, wherever it was: ${what}`, async () => {
      const whole = begin()
      const before = whole.azure.record()
      await act(whole)
      const { lock, generation, ...entered } = whole.azure.record() ?? emptyRecord('shop')
      const { lock: lockBefore, generation: generationBefore, ...enteredBefore } = before ?? emptyRecord('shop')
      assert.notDeepEqual(entered, enteredBefore, 'it enters something where it keeps its lock')

      let takenTimes = 0
      for (let at = 1; at <= whole.azure.calls.made.length; at++) {
        const opened = begin()
        let theirs: DeploymentRecord | undefined
        opened.azure.calls.onEach((count) => {
          // Before it has claimed, it holds nothing that could be taken.
          if (count !== at || [undefined, 'former'].includes(opened.lockNow()?.claim)) return
          const { lock: taken } = heldBy(rival, { until: '2027-01-01T00:00:00.000Z' })
          const now = opened.azure.record() ?? emptyRecord('shop')
          theirs = { ...now, generation: (now.generation ?? 0) + 1, ...(taken ? { lock: taken } : {}) }
          opened.azure.keep(theirs)
        })
        await act(opened).catch((error: unknown) => error)
        if (!theirs) continue
        takenTimes++
        const where = `${what}, during call ${at}: ${opened.azure.calls.made[at - 1]}`
        assert.deepEqual(opened.azure.record(), theirs, where)
      }
      assert.ok(takenTimes > 3)
    })
  }

  it('says why what was done is not in the record, and tells what was done', async () => {
    const { azure, swap, log } = open()
    azure.calls.after('requestSwap', () => azure.keep(heldBy(rival, { until: '2027-01-01T00:00:00.000Z' })))

    const report = await swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(log.warnings.join('\n'), /not written\. This run no longer holds the deployment lock of 'shop'/)
  })
})

describe('A task without a lock', () => {
  it('enters what it did, whoever holds the lock', async () => {
    const opened = open(new FakeAzure(app()).hub('shop7').keep(heldBy(rival)))
    const lock = { ...swapWanted.lock, take: false }

    await opened.rotate({ ...rotateWanted, lock })
    await opened.swap({ taskHub: { name: rotateWanted.taskHub }, lock })
    await opened.cleanUp({ ...cleanupWanted, lock })

    assert.deepEqual(
      opened.azure.record()?.audit.map(({ action }) => action),
      ['rotate', 'swap', 'delete'],
    )
    assert.equal(opened.lockNow()?.holder.run, '102')
  })
})
