import assert from 'node:assert/strict'
import { app } from '../../support/app.ts'
import { FakeAzure } from '../../support/fake-azure.ts'
import { denied, run } from '../story.ts'
import { heldBy, open, rival } from './scene.ts'

describe('A dry run', () => {
  for (const act of ['rotate', 'swap', 'cleanUp'] as const) {
    it(`says who holds the lock, and until when: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))

      assert.equal((await opened[act]({ dryRun: true })).result, 'succeeded')

      assert.match(
        opened.log.lines.join('\n'),
        /of 'shop' is held by run '102' of project 'shop'.*, until 2026-11-21T11/,
      )
      assert.deepEqual(opened.azure.mutations, [])
    })

    it(`says that nobody holds it: ${act}`, async () => {
      const opened = open()

      await opened[act]({ dryRun: true })

      assert.match(opened.log.lines.join('\n'), /Nobody holds the deployment lock of 'shop'\./)
    })

    it(`goes on where it cannot be told who holds it, and says so: ${act}`, async () => {
      const opened = open()
      opened.azure.calls.fails('read record', denied())

      assert.equal((await opened[act]({ dryRun: true })).result, 'succeeded')

      assert.match(
        opened.log.warnings.join('\n'),
        /Who holds the deployment lock of 'shop' is not known\. Could not do it/,
      )
    })

    it(`does not hide a bug: ${act}`, async () => {
      const opened = open()
      opened.azure.calls.fails('read record', new TypeError('bug'))

      await assert.rejects(opened[act]({ dryRun: true }), TypeError)
    })
  }
})

describe('A task with nothing to do', () => {
  it('goes on without the lock where it cannot be told whether the run holds it, and says so', async () => {
    const { azure, cleanUp, log, lockNow } = open(new FakeAzure(app()).keep(heldBy(run)))
    azure.calls.fails('read record', denied())

    assert.equal((await cleanUp()).result, 'succeeded')

    assert.match(
      log.warnings.join('\n'),
      /Whether this run holds the deployment lock of 'shop' is not known\. Could not/,
    )
    assert.equal(lockNow()?.claim, 'former')
  })

  it('does not hide a bug', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()))
    azure.calls.fails('read record', new TypeError('bug'))

    await assert.rejects(cleanUp(), TypeError)
  })
})
