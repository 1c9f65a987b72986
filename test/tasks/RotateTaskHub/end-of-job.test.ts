import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { claimed } from '../../../core/record/lock.ts'
import type { DeploymentRecord, RunIdentity } from '../../../core/record/record.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import type { JobStatus } from '../../../tasks/job-status.ts'
import { releaseAfterFailedJob } from '../../../tasks/RotateTaskHub/end-of-job.ts'
import type { RotateWanted } from '../../../tasks/RotateTaskHub/wanted.ts'
import type { LockWanted } from '../../../tasks/lock/wanted.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { denied, run, shop, story } from '../story.ts'

const lock: LockWanted = { take: true, keep: true, forMs: 7_200_000, waitMs: 0 }
const wanted: RotateWanted = {
  ...{ ...shop, slotName: 'staging' as SlotName, taskHub: hubNamed('shop101'), requireIdle: true },
  ...{ evidence: 'storage', lock, dryRun: false },
}
const until = '2026-11-21T12:00:00.000Z'
const changing = { what: "give slot 'staging' task hub 'shop101'", at: '2026-11-21T10:00:00.000Z' }

function heldBy(by: RunIdentity, more: object = {}): DeploymentRecord {
  const record = claimed(emptyRecord('shop'), { by, claim: 'c1', forMs: 7_200_000 }, new Date('2026-11-21T10:00:00Z'))
  return { ...record, lock: { ...record.lock, ...more } }
}

function end(record: DeploymentRecord | undefined, job: JobStatus, twist: Partial<RotateWanted> = {}) {
  const azure = new FakeAzure(app())
  const { deps, log, signal } = story(record ? azure.keep(record) : azure)
  const ended = releaseAfterFailedJob({ ...wanted, ...twist }, deps, job, signal)
  return { azure, log, ended }
}

describe('the end of the job of a rotation', () => {
  for (const [job, why] of [
    ['failed', 'failed'],
    ['canceled', 'was cancelled'],
  ] as const) {
    it(`gives this run's lock back after a job that ${why}`, async () => {
      const { azure, ended } = end(heldBy(run), job)
      assert.equal(await ended, `The deployment lock of 'shop' was given back, because the job ${why}.`)
      assert.equal(azure.record()?.lock, undefined)
      assert.equal(azure.record()?.generation, 1)
    })
  }

  for (const job of ['succeeded', 'unknown'] as const) {
    it(`keeps it for SlotSwap after a job whose end is ${job}, and says until when`, async () => {
      const { azure, ended } = end(heldBy(run), job)
      assert.equal(await ended, `This run goes on holding the deployment lock of 'shop' for SlotSwap, until ${until}.`)
      assert.deepEqual(azure.mutations, [])
    })
  }

  const nothing: [what: string, record: DeploymentRecord | undefined][] = [
    ['another run holds it', heldBy({ ...run, id: 'build 102' })],
    ['another run of the same number holds it, which has no id', heldBy({ run: '101', project: 'shop', link: '' })],
    ['nobody holds it', emptyRecord('shop')],
    ['there is no record', undefined],
  ]
  for (const [what, record] of nothing) {
    for (const job of ['failed', 'succeeded'] as const) {
      it(`changes nothing and says nothing where ${what} after a job that ${job}`, async () => {
        const { azure, log, ended } = end(record, job)
        assert.equal(await ended, '')
        assert.deepEqual([azure.mutations, log.warnings], [[], []])
      })
    }
  }

  it('leaves a lock that announces a change, and warns with what, until when and the way out', async () => {
    const { azure, log, ended } = end(heldBy(run, { changing }), 'failed')
    assert.equal(await ended, '')
    assert.deepEqual(azure.mutations, [])
    assert.deepEqual(log.warnings, [
      `The deployment lock of 'shop' stays until ${until}: at ${changing.at} this run was about to ${changing.what}, and that may ` +
        'be under way. Run the job again, or give the lock back with input release of RotateTaskHub once the slots show what ' +
        'became of it.',
    ])
  })

  const without: [what: string, twist: Partial<RotateWanted>][] = [
    ['a dry run', { dryRun: true }],
    ['a task without a lock', { lock: { ...lock, take: false } }],
    ['a task that only gave the lock back', { lock: { ...lock, release: 'because' } }],
  ]
  for (const [what, twist] of without) {
    it(`looks at nothing after ${what}`, async () => {
      const { azure, ended } = end(heldBy(run), 'failed', twist)
      assert.equal(await ended, '')
      assert.deepEqual(azure.calls.made, [])
    })
  }

  it('tells of a record that cannot be read', async () => {
    const azure = new FakeAzure(app()).keep(heldBy(run))
    azure.calls.fails('read record', denied())
    const { deps, signal } = story(azure)
    await assert.rejects(releaseAfterFailedJob(wanted, deps, 'failed', signal), AzureFailure)
    assert.deepEqual(azure.mutations, [])
  })
})
