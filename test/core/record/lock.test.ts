import assert from 'node:assert/strict'
import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import { giveBackByHand, giveBackLockOfRun } from '../../../core/record/hold-lock.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import { emptyRecord, withAudit } from '../../../core/record/record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import { LockScene, minute, runNamed } from './lock-scene.ts'

const change = "swap slot 'staging' with slot 'production'"

function lost(what = 'the connection was reset'): AzureFailure {
  const details = { operation: 'write', kind: 'network', mayHaveHappened: true } as const
  return new AzureFailure(`Could not write the record: ${what}.`, details)
}

const denied = () =>
  new AzureFailure('Could not write the record: no role.', { operation: 'write', kind: 'denied', status: 403 })

describe('the deployment lock', () => {
  it('is taken where there is no record yet, by the clock of the storage account', async () => {
    const scene = new LockScene()
    scene.store.now = () => new Date('2026-11-21T07:00:00Z')

    const task = await scene.claim('101')

    assert.deepEqual(scene.record().lock, {
      holder: runNamed('101'),
      claim: 'task 1',
      since: '2026-11-21T07:00:00.000Z',
      until: '2026-11-21T09:00:00.000Z',
    })
    assert.equal(scene.record().generation, 1)
    assert.equal(task.continued, false)
    assert.equal(task.until, '2026-11-21T09:00:00.000Z')
  })

  it('keeps another run out, and says who holds it and what to do', async () => {
    const scene = new LockScene()
    await scene.claim('101')

    await assert.rejects(scene.claim('102'), (error) => {
      assert.ok(error instanceof Refusal)
      assert.match(
        error.message,
        /run '101' of project 'Shop' \(https:\/\/dev\.example\.net\/101\) since 2026-11-21T10:00/,
      )
      assert.match(error.message, /until 2026-11-21T12:00:00.*waitForLockInMinutes.*takeOver.*Nothing was changed\.$/)
      return true
    })
    assert.equal(scene.record().generation, 1)
  })

  it('is the next task’s of the same run, since the run first took it', async () => {
    const scene = new LockScene()
    const rotate = await scene.claim('101')
    await rotate.keep(scene.signal)
    scene.clock.at(30 * minute, () => undefined)
    await scene.clock.sleep(30 * minute, scene.signal)

    const swap = await scene.claim('101')

    assert.equal(swap.continued, true)
    assert.equal(scene.record().lock?.since, '2026-11-21T10:00:00.000Z')
    assert.equal(scene.record().lock?.until, '2026-11-21T12:30:00.000Z')
    await assert.rejects(rotate.fence(change, scene.signal), /no longer holds .* another task took it, of run '101'/)
  })

  it('is as if new for a task that is run again after it died at work, since nobody kept it', async () => {
    const scene = new LockScene()
    const dead = await scene.claim('101')
    await dead.fence(change, scene.signal)

    const again = await scene.claim('101')

    assert.equal(again.continued, false)
    assert.equal(again.leftOver, change)
  })

  it('stays kept for the run where a task that went on with it died', async () => {
    const scene = new LockScene()
    const rotate = await scene.claim('101')
    await rotate.keep(scene.signal)
    const dead = await scene.claim('101')
    await dead.fence(change, scene.signal)

    const again = await scene.claim('101')

    assert.equal(again.continued, true)
    assert.equal(parseRecord(serialiseRecord(scene.record()), 'shop').lock?.kept, true)
  })

  it('is nobody’s own where the agent told no id', async () => {
    const scene = new LockScene()
    const { id, ...nameless } = runNamed('101')
    await scene.claim('101')
    scene.store.put('shop', serialiseRecord(withHolder(scene, nameless)))

    await assert.rejects(scene.claim('101'), Refusal)
  })

  it('is free once its time is over', async () => {
    const scene = new LockScene()
    const dead = await scene.claim('101')
    await scene.clock.sleep(120 * minute, scene.signal)

    const next = await scene.claim('102')

    assert.equal(scene.record().lock?.holder.run, '102')
    assert.equal(scene.record().generation, 2)
    assert.equal(next.tookOver, false)
    assert.equal(scene.record().audit.length, 0)
    await assert.rejects(dead.fence(change, scene.signal), (error) => {
      return (
        error instanceof Refusal && /another task took it, of run '102'.*nothing more was changed/.test(error.message)
      )
    })
    assert.equal(dead.lost, true)
  })

  it('is waited for as long as was asked for, and taken as soon as it is given back', async () => {
    const scene = new LockScene()
    const first = await scene.claim('101')
    scene.clock.at(5 * minute, () => void first.giveBack(scene.signal))

    const second = await scene.claim('102', { waitMs: 10 * minute })

    assert.equal(scene.record().lock?.claim, 'task 2')
    assert.equal(second.tookOver, false)
    assert.match(scene.log.lines.join('\n'), /48 % waiting for the deployment lock, held by run '101'/)
  })

  it('is not waited for longer', async () => {
    const scene = new LockScene()
    await scene.claim('101')

    await assert.rejects(scene.claim('102', { waitMs: 10 * minute }), Refusal)

    assert.equal(scene.clock.now().toISOString(), '2026-11-21T10:10:00.000Z')
  })

  it('ends a wait when it expires, by the account’s clock', async () => {
    const scene = new LockScene()
    await scene.claim('101')

    await scene.claim('102', { waitMs: 1000 * minute })

    assert.ok(scene.clock.now().getTime() - Date.parse('2026-11-21T12:00:00Z') <= 15_000)
  })

  it('is taken over with a reason, which is kept with who held it', async () => {
    const scene = new LockScene()
    await scene.claim('101')

    const task = await scene.claim('102', { takeOver: 'its agent is gone' })

    assert.equal(task.tookOver, true)
    const [entry] = scene.record().audit
    assert.equal(entry?.action, 'takeOver')
    assert.equal(entry.by.run, '102')
    assert.match(entry.evidence, /^its agent is gone \(it was held by run '101' of project 'Shop'/)
  })

  it('is not said to be taken over where nobody held it', async () => {
    const scene = new LockScene()

    const task = await scene.claim('102', { takeOver: 'to be sure' })

    assert.equal(task.tookOver, false)
    assert.deepEqual(scene.record().audit, [])
  })

  it('has one holder when two runs claim at once', async () => {
    const scene = new LockScene()
    scene.store.put('shop', serialiseRecord(emptyRecord('shop')))

    const outcomes = await Promise.allSettled([scene.claim('101'), scene.claim('102')])

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    assert.equal(scene.record().lock?.holder.run, '101')
    assert.equal(scene.record().generation, 1)
  })

  it('has one holder too when the record itself is begun by two runs at once', async () => {
    const scene = new LockScene()

    const outcomes = await Promise.allSettled([scene.claim('101'), scene.claim('102'), scene.claim('103')])

    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(scene.record().generation, 1)
  })

  it('carries on what its former holder was about to do', async () => {
    const scene = new LockScene()
    const first = await scene.claim('101')
    await first.fence(change, scene.signal)

    const again = await scene.claim('101')

    assert.equal(again.leftOver, change)
    assert.equal(again.changing, change)
    assert.equal(scene.record().lock?.changing?.what, change)
    await again.keep(scene.signal)
    assert.equal(scene.record().lock?.changing, undefined)
  })

  it('counts what was announced long ago as landed, and still tells of it', async () => {
    const scene = new LockScene()
    const first = await scene.claim('101')
    await first.fence(change, scene.signal)
    await scene.clock.sleep(110_000, scene.signal)

    const again = await scene.claim('101')

    assert.equal(again.leftOver, change)
    assert.equal(again.changing, undefined)
  })

  it('is not taken where something deletes the record each time it was begun', async () => {
    const scene = new LockScene()
    scene.calls.onEach(() => {
      if (scene.calls.made.at(-1) === 'write record') scene.store.remove('shop')
    })

    await assert.rejects(scene.claim('101'), /Something deletes the deployment record of 'shop' again and again/)

    assert.ok(scene.calls.mutations.length < 10)
  })

  it('is taken in every account or in none that another run keeps', async () => {
    const scene = new LockScene()
    const other = new LockScene()
    await other.claim('101')
    const task = scene.task('102')

    await assert.rejects(task.claim([scene.place, other.place], { log: scene.log, waitMs: 0 }, scene.signal), Refusal)

    assert.equal(task.sent, true)
    assert.equal(await task.giveBack(scene.signal), 'given')
    assert.equal(scene.record().lock, undefined)
    assert.equal(other.record().lock?.holder.run, '101')
  })
})

describe('the fence', () => {
  it('renews the lock and announces the change', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    await scene.clock.sleep(10 * minute, scene.signal)

    await task.fence(change, scene.signal)

    assert.deepEqual(scene.record().lock?.changing, { what: change, at: '2026-11-21T10:10:00.000Z' })
    assert.equal(scene.record().lock?.until, '2026-11-21T12:10:00.000Z')
    assert.equal(task.changing, change)
    task.settled()
    assert.equal(task.changing, undefined)
  })

  it('stops a holder whose lock was given back by hand, and says by whom', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    await giveBackByHand(
      scene.clock,
      scene.place,
      { by: runNamed('102'), reason: 'stuck', evenOfAnother: true },
      scene.signal,
    )

    await assert.rejects(task.fence(change, scene.signal), /given back at .* by run '102'.*nothing more was changed/)
    assert.equal(await task.giveBack(scene.signal), 'notOwn')
  })

  it('stops where the record is gone', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.store.remove('shop')

    await assert.rejects(task.fence(change, scene.signal), /the deployment record is gone; nothing more was changed/)
  })

  it('stops where the lock cannot be understood', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.store.put('shop', (scene.store.text('shop') ?? '').replace('"until": "2026', '"until": "soon'))

    await assert.rejects(task.fence(change, scene.signal), /holds a deployment lock that is not understood/)
  })

  it('stops where the account cannot be read, and says that nothing more was changed', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.calls.fails('read record', denied())

    await assert.rejects(task.fence(change, scene.signal), (error) => {
      return error instanceof AzureFailure && /could not be told: .*; nothing more was changed/.test(error.message)
    })
    assert.equal(task.changing, undefined)
    assert.equal(task.lost, false)
  })

  it('goes on where another entry was written in between', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const entry = { at: '', by: runNamed('9'), action: 'rotate', taskHub: 'h1x', evidence: '' } as const
    scene.calls.after('read record', () => scene.store.put('shop', serialiseRecord(withAudit(scene.record(), entry))))

    await task.fence(change, scene.signal)

    assert.equal(scene.record().audit.length, 1)
    assert.equal(scene.record().lock?.changing?.what, change)
  })

  it('does not let a task through that is cancelled right after its renewal', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const write = scene.store.write.bind(scene.store)
    scene.store.write = async (...given) => {
      const answer = await write(...given)
      scene.abort.abort()
      return answer
    }

    await assert.rejects(task.fence(change, scene.signal), Cancelled)

    assert.equal(task.everChanged, false)
  })

  it('does not let a cancelled task through', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.calls.after('write record', () => scene.abort.abort())

    await assert.rejects(task.fence(change, scene.signal), Cancelled)
    assert.equal(task.changing, undefined)
  })
})

describe('a lost reply', () => {
  for (const how of ['fails', 'loses'] as const) {
    const when = how === 'fails' ? 'that never arrived' : 'that was done'
    it(`to a claim ${when} is answered by reading`, async () => {
      const scene = new LockScene()
      scene.store.put('shop', serialiseRecord(emptyRecord('shop')))
      scene.calls[how]('write record', lost())

      const task = await scene.claim('101')

      assert.equal(scene.record().generation, 1)
      await task.fence(change, scene.signal)
    })

    it(`to the first record ${when} is answered by reading`, async () => {
      const scene = new LockScene()
      scene.calls[how]('write record', lost())

      await scene.claim('101')

      assert.equal(scene.record().generation, 1)
    })

    it(`to a renewal ${when} is answered by reading`, async () => {
      const scene = new LockScene()
      const task = await scene.claim('101')
      const before = scene.calls.mutations.length
      scene.calls[how]('write record', lost())

      await task.fence(change, scene.signal)

      assert.equal(scene.record().lock?.changing?.what, change)
      assert.equal(scene.calls.mutations.length - before, how === 'fails' ? 2 : 1)
    })

    it(`to giving back ${when} is answered by reading`, async () => {
      const scene = new LockScene()
      const task = await scene.claim('101')
      scene.calls[how]('write record', lost())

      assert.equal(await task.giveBack(scene.signal), 'given')
      assert.equal(scene.record().lock, undefined)
    })

    it(`to giving back by hand ${when} is answered by reading, and entered once`, async () => {
      const scene = new LockScene()
      await scene.claim('101')
      scene.calls[how]('write record', lost())

      const lock = await giveBackByHand(
        scene.clock,
        scene.place,
        { by: runNamed('102'), reason: 'stuck', evenOfAnother: true },
        scene.signal,
      )

      assert.equal(lock?.holder.run, '101')
      assert.equal(scene.record().audit.filter(({ action }) => action === 'release').length, 1)
    })
  }

  it('to giving back by hand never gives back what another run has taken since', async () => {
    const scene = new LockScene()
    await scene.claim('101')
    scene.calls.loses('write record', lost())
    scene.clock.at(1, () => void scene.claim('103'))

    const lock = await giveBackByHand(
      scene.clock,
      scene.place,
      { by: runNamed('102'), reason: 'stuck', evenOfAnother: true },
      scene.signal,
    )

    assert.equal(lock?.holder.run, '101')
    assert.equal(scene.record().lock?.holder.run, '103')
  })

  it('to a claim that was too late shows another holder', async () => {
    const scene = new LockScene()
    scene.store.put('shop', serialiseRecord(emptyRecord('shop')))
    scene.calls.fails('write record', lost())
    scene.clock.at(1, () => void scene.claim('102'))

    await assert.rejects(scene.claim('101'), /held by run '102'/)
  })

  it('again and again ends within about a minute, with nothing taken', async () => {
    const scene = new LockScene()
    scene.store.put('shop', serialiseRecord(emptyRecord('shop')))
    for (let count = 0; count < 40; count++) scene.calls.fails('write record', lost())

    await assert.rejects(scene.claim('101'), (error) => {
      return error instanceof AzureFailure && /could not be taken .*Nothing was changed/.test(error.message)
    })
    assert.ok(scene.clock.slept.reduce((sum, ms) => sum + ms, 0) <= minute)
    assert.equal(scene.record().lock, undefined)
  })
})

describe('an account that may not be written', () => {
  it('ends the claim at once, and names the role', async () => {
    const scene = new LockScene()
    scene.calls.fails('write record', denied())

    await assert.rejects(scene.claim('101'), (error) => {
      assert.ok(error instanceof AzureFailure)
      assert.match(error.message, /'shopdata'.*'Storage Blob Data Contributor'.*set lock to false/)
      return true
    })
    assert.deepEqual(scene.clock.slept, [])
  })
})

describe('the end of a run', () => {
  it('gives back the lock of whichever task of the run holds it', async () => {
    const scene = new LockScene()
    await scene.claim('101')

    const ended = await giveBackLockOfRun(
      scene.clock,
      scene.place,
      { by: runNamed('101'), evenChanging: false },
      scene.signal,
    )

    assert.deepEqual(ended, { kind: 'given' })
    assert.equal(scene.record().lock, undefined)
  })

  it('leaves another run’s lock, and no lock, as they are', async () => {
    const scene = new LockScene()
    const end = async () =>
      await giveBackLockOfRun(scene.clock, scene.place, { by: runNamed('101'), evenChanging: true }, scene.signal)
    assert.deepEqual(await end(), { kind: 'notOwn' })
    await scene.claim('102')

    assert.deepEqual(await end(), { kind: 'notOwn' })
    assert.equal(scene.record().lock?.holder.run, '102')
  })

  it('leaves a lock under which a change may be under way', async () => {
    const scene = new LockScene()
    await (await scene.claim('101')).fence(change, scene.signal)
    const by = runNamed('101')

    const ended = await giveBackLockOfRun(scene.clock, scene.place, { by, evenChanging: false }, scene.signal)

    assert.equal(ended.kind, 'changing')
    assert.equal(scene.record().lock?.changing?.what, change)
  })
})

describe('a stored lock', () => {
  const stored = (lock: unknown, generation: unknown = 3) =>
    JSON.stringify({ schema: 1, app: 'shop', generation, lock, hubs: [], audit: [] })
  const good = {
    holder: runNamed('101'),
    claim: 'c',
    since: '2026-11-21T10:00:00.000Z',
    until: '2026-11-21T12:00:00Z',
    changing: { what: change, at: '2026-11-21T10:00:00.000Z' },
  }

  it('is read as it was written', () => {
    const { lock, generation } = parseRecord(stored(good), 'shop')
    assert.deepEqual({ lock, generation }, { lock: good, generation: 3 })
  })

  it('is kept by who changes something else', () => {
    const record = parseRecord(stored(good), 'shop')
    const entry = { at: 'x', by: runNamed('1'), action: 'rotate', taskHub: 'h1x', evidence: '' } as const
    assert.deepEqual(parseRecord(serialiseRecord(withAudit(record, entry)), 'shop').lock, good)
  })

  const broken: [string, unknown, unknown?][] = [
    ['that is no object', 'mine'],
    ['without a holder', { ...good, holder: undefined }],
    ['whose holder has no project', { ...good, holder: { run: '', link: '' } }],
    ['whose holder has an id that is no text', { ...good, holder: { ...good.holder, id: 7 } }],
    ['without a claim', { ...good, claim: '' }],
    ['without an end', { ...good, until: undefined }],
    ['that ends at no time', { ...good, until: '2026-13-41T99:00:00Z' }],
    ['whose end is of no certain zone', { ...good, until: '2026-11-21T12:00:00' }],
    ['that began at no time', { ...good, since: 'yesterday' }],
    ['that is kept in another way', { ...good, kept: 'yes' }],
    ['that announces something unreadable', { ...good, changing: 'swap' }],
    ['that announces something at no time', { ...good, changing: { what: 'swap', at: '' } }],
    ['without a generation', good, null],
    ['of half a generation', good, 1.5],
    ['of no generation yet', good, 0],
  ]
  for (const [what, lock, generation = 3] of broken) {
    it(`${what} is refused: nobody may take what somebody may hold`, () => {
      assert.throws(
        () => parseRecord(stored(lock, generation), 'shop'),
        (error) =>
          error instanceof Refusal && /deployment lock that is not understood\. Restore or delete/.test(error.message),
      )
    })
  }

  it('without its generation is refused', () => {
    assert.throws(() =>
      parseRecord(JSON.stringify({ schema: 1, app: 'shop', lock: good, hubs: [], audit: [] }), 'shop'),
    )
  })
})

function withHolder(scene: LockScene, holder: Omit<ReturnType<typeof runNamed>, 'id'>) {
  const record = scene.record()
  assert.ok(record.lock)
  return { ...record, lock: { ...record.lock, holder } }
}
