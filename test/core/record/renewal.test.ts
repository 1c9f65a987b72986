import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import { FakeRecordStore } from '../../support/fake-record-store.ts'
import { denied, lostReply } from '../../tasks/story.ts'
import { LockScene, minute } from './lock-scene.ts'

/** The same app in a second account. */
function secondAccount(scene: LockScene) {
  const store = new FakeRecordStore(scene.calls)
  store.now = () => scene.clock.now()
  return {
    place: { store, account: 'otherdata', app: 'shop' },
    record: () => parseRecord(store.text('shop') ?? '', 'shop'),
  }
}

describe('a lock whose task waits', () => {
  it('is renewed for a day, with the change that it announces', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    await task.fence('swap', scene.signal)
    const { changing, until = '' } = scene.record().lock ?? {}

    for (let waited = 0; waited < 24 * 60; waited += 10) {
      await task.clock.sleep(10 * minute, scene.signal)
      const { lock } = scene.record()
      assert.ok(Date.parse(lock?.until ?? '') - scene.clock.now().getTime() >= 80 * minute, `after ${waited} minutes`)
      assert.deepEqual([lock?.changing, lock?.kept], [changing, undefined])
    }

    assert.ok((task.until ?? '') > until)
    await assert.rejects(scene.claim('102'), Refusal)
  })

  it('is renewed within one long wait, three times in its own time', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const before = scene.calls.mutations.length

    await task.clock.sleep(239 * minute, scene.signal)

    assert.equal(scene.calls.mutations.length - before, 5)
    assert.deepEqual(
      scene.clock.slept.map((ms) => ms / minute),
      [40, 40, 40, 40, 40, 39],
    )
  })

  it('is not renewed by waits that end before a third of its time', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const before = scene.calls.made.length

    await task.clock.sleep(39 * minute, scene.signal)

    assert.equal(scene.calls.made.length, before)
  })

  it('goes on waiting where it was lost, and the next fence tells', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    await scene.clock.sleep(121 * minute, scene.signal)
    await scene.claim('102')
    const { lock } = scene.record()

    await task.clock.sleep(minute, scene.signal)

    assert.deepEqual(scene.record().lock, lock)
    await assert.rejects(task.fence('swap', scene.signal), Refusal)
  })

  it('goes on waiting where the renewal fails, and tries again a third later', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.calls.fails('read record', denied())

    await task.clock.sleep(100 * minute, scene.signal)

    assert.equal(Date.parse(scene.record().lock?.until ?? ''), scene.clock.now().getTime() + 100 * minute)
    await task.fence('swap', scene.signal)
  })

  for (const landed of [true, false]) {
    it(`is renewed once where the reply is lost, and the write had ${landed ? 'been' : 'not been'} done`, async () => {
      const scene = new LockScene()
      const task = await scene.claim('101')
      const before = scene.calls.mutations.length
      if (landed) scene.calls.loses('write record', lostReply())
      else scene.calls.fails('write record', lostReply())

      await task.clock.sleep(41 * minute, scene.signal)

      assert.equal(scene.calls.mutations.length - before, landed ? 1 : 2)
      assert.ok((task.until ?? '') >= '2026-11-21T12:40:00.000Z')
      assert.equal(scene.record().lock?.until, task.until)
    })
  }

  it('is renewed once where two waits are over at once', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const before = scene.calls.mutations.length

    await Promise.all([1, 2].map(async () => await task.clock.sleep(20 * minute, scene.signal)))

    assert.equal(scene.calls.mutations.length - before, 1)
  })

  it('does not hide a bug', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.calls.fails('read record', new TypeError('bug'))

    await assert.rejects(task.clock.sleep(100 * minute, scene.signal), TypeError)
  })

  it('is never written by a renewal and a fence at once', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const order: string[] = []
    const { store } = scene
    const write = store.write.bind(store)
    store.write = async (...given) => {
      order.push('begins')
      const answer = await write(...given)
      order.push('ends')
      return answer
    }

    const waits = task.clock.sleep(40 * minute, scene.signal)
    while (order.length === 0) await Promise.resolve()
    await Promise.all([waits, task.fence('swap', scene.signal)])

    assert.deepEqual(order.slice(0, 4), ['begins', 'ends', 'begins', 'ends'])
    assert.equal(scene.record().lock?.changing?.what, 'swap')
  })

  it('is renewed in the first account while that of the second is waited for', async () => {
    const scene = new LockScene()
    const other = secondAccount(scene)
    const rival = scene.task('102')
    await rival.claim([other.place], { log: scene.log, waitMs: 0 }, scene.signal)
    for (const hours of [1, 2, 3]) {
      scene.clock.at(hours * 60 * minute, () => void rival.keep(scene.signal))
    }
    const task = scene.task('101')

    await task.claim([scene.place, other.place], { log: scene.log, waitMs: 600 * minute }, scene.signal)

    assert.ok(scene.clock.slept.reduce((sum, ms) => sum + ms, 0) > 240 * minute)
    assert.ok(Date.parse(scene.record().lock?.until ?? '') > scene.clock.now().getTime())
    assert.equal(other.record().lock?.holder.run, '101')
  })
})

describe('a lock in two accounts', () => {
  it('is given back in the one where it was not lost', async () => {
    const scene = new LockScene()
    const other = secondAccount(scene)
    const task = scene.task('101')
    await task.claim([scene.place, other.place], { log: scene.log, waitMs: 0 }, scene.signal)
    const rival = scene.task('102', 'it hangs')
    await rival.claim([other.place], { log: scene.log, waitMs: 0 }, scene.signal)

    await assert.rejects(task.fence('swap', scene.signal), Refusal)

    assert.deepEqual([task.lost, task.accounts], [true, ['shopdata']])
    assert.equal(await task.giveBack(scene.signal), 'given')
    assert.equal(scene.record().lock, undefined)
    assert.equal(other.record().lock?.holder.run, '102')
  })
})

describe('a claim whose reply never came', () => {
  it('knows that an earlier task of the run had kept the lock', async () => {
    const scene = new LockScene()
    await (await scene.claim('101')).keep(scene.signal)
    const task = scene.task('101')
    scene.calls.after('write record', () => {
      scene.calls.fails('read record', denied())
      throw lostReply()
    })

    await assert.rejects(task.claim([scene.place], { log: scene.log, waitMs: 0 }, scene.signal), AzureFailure)

    assert.deepEqual([task.continued, task.accounts], [true, ['shopdata']])
    assert.deepEqual([task.tookOver, task.leftOver], [false, undefined])
  })
})

describe('an account that refuses', () => {
  for (const [code, kind, remedy] of [
    ['AuthorizationPermissionMismatch', 'denied', /role 'Storage Blob Data Contributor'/],
    ['AuthorizationFailure', 'denied', /network rules/],
    ['KeyBasedAuthenticationNotPermitted', 'denied', /Shared key access is turned off.*give storageAccountName/],
    ['BlobImmutableDueToPolicy', 'conflict', /immutability policy/],
    ['InternalError', 'server', /once the account can be reached/],
  ] as const) {
    it(`is told with what cures ${code}, and with what does without`, async () => {
      const scene = new LockScene()
      scene.calls.fails('read record', new AzureFailure('No.', { operation: 'read', kind, code }))

      await assert.rejects(scene.claim('101'), (error) => {
        assert.ok(error instanceof AzureFailure)
        assert.match(error.message, remedy)
        assert.match(error.message, /set lock to false/)
        return true
      })
    })
  }
})
