import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { keepRecord, readRecord } from '../../../core/record/keep.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { emptyRecord, findRecorded, retiredHubs } from '../../../core/record/record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import { recordDeleted } from '../../../core/retire/record.ts'
import { recordRotated, recordRotating } from '../../../core/rotate/record.ts'
import { recordFoundSwapped, recordSwapped } from '../../../core/swap/record.ts'
import type { Hub } from '../../../core/task-hub/hub.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { RecordStore } from '../../../core/task-hub/ports.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'

const account = { name: 'shopdata', id: 'shopdata.core.windows.net' }
const hub = (name: string): Hub => ({ account, name: name as HubName })
const by = { run: '20261121.1', project: 'Shop', link: 'https://dev.example.net/1' }
const at = (hour: number): string => `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`

const rotated = (record: DeploymentRecord, name: string, previous: string, hour: number): DeploymentRecord =>
  recordRotated(record, {
    hub: hub(name),
    previous: hub(previous),
    at: at(hour),
    by,
    evidence: 'storage: nothing runs',
  })

describe('the deployment record', () => {
  it('retires the hub that a slot has left, and names it as the previous one', () => {
    const record = rotated(emptyRecord('shop'), 'shop101', 'shop99', 10)

    assert.deepEqual(
      retiredHubs(record).map((each) => each.hub.name),
      ['shop99'],
    )
    assert.equal(findRecorded(record, hub('SHOP101'))?.previous?.name, 'shop99')
    assert.equal(findRecorded(record, hub('shop101'))?.build, '20261121.1')
  })

  it('retires nothing before the slot was seen to have left', () => {
    const record = recordRotating(emptyRecord('shop'), {
      hub: hub('shop101'),
      previous: hub('shop99'),
      at: at(10),
      by,
      evidence: '',
    })

    assert.deepEqual(retiredHubs(record), [])
    assert.equal(findRecorded(record, hub('shop101'))?.previous?.name, 'shop99')
  })

  it('keeps the first birth when a rotation is repeated', () => {
    const record = rotated(rotated(emptyRecord('shop'), 'shop101', 'shop99', 10), 'shop101', 'shop99', 11)

    assert.equal(findRecorded(record, hub('shop101'))?.bornAt, at(10))
    assert.equal(findRecorded(record, hub('shop99'))?.retiredAt, at(10))
  })

  it('lists the newest retired hub first and leaves out what was deleted', () => {
    let record = rotated(emptyRecord('shop'), 'shop101', 'shop99', 10)
    record = rotated(record, 'shop102', 'shop100', 11)
    record = rotated(record, 'shop103', 'shop101', 12)
    record = recordDeleted(record, { hub: hub('shop99'), at: at(13), by, evidence: 'idle' })

    assert.deepEqual(
      retiredHubs(record).map((each) => each.hub.name),
      ['shop101', 'shop100'],
    )
  })

  it('brings a hub that a slot was given again out of retirement', () => {
    let record = rotated(emptyRecord('shop'), 'shop101', 'shop99', 10)
    record = rotated(record, 'shop99', 'shop101', 11)

    assert.deepEqual(
      retiredHubs(record).map((each) => each.hub.name),
      ['shop101'],
    )
  })

  it('tells since when a hub serves', () => {
    const swap = { hub: hub('shop101'), action: 'swap', intoProduction: true, at: at(10), by } as const
    const record = recordSwapped(emptyRecord('shop'), swap)

    assert.equal(findRecorded(record, hub('shop101'))?.productionSince, at(10))
    assert.equal(
      findRecorded(recordSwapped(emptyRecord('shop'), { ...swap, intoProduction: false }), hub('shop101'))
        ?.productionSince,
      undefined,
    )
  })

  it('makes good a swap that was not recorded, once, and of a known hub only', () => {
    const swap = {
      hub: hub('shop101'),
      action: 'swap',
      intoProduction: true,
      at: at(11),
      by,
      evidence: 'found',
    } as const
    const record = rotated(emptyRecord('shop'), 'shop101', 'shop99', 10)
    const unknown = emptyRecord('shop')

    const found = recordFoundSwapped(record, swap)

    assert.equal(findRecorded(found, hub('shop101'))?.productionSince, at(11))
    assert.deepEqual(found.audit.at(-1), { at: at(11), by, action: 'swap', taskHub: 'shop101', evidence: 'found' })
    assert.equal(recordFoundSwapped(found, { ...swap, at: at(12) }), found)
    assert.equal(recordFoundSwapped(unknown, swap), unknown)
  })

  it('keeps the newest 200 actions', () => {
    let record = emptyRecord('shop')
    for (let number = 0; number < 210; number++) record = rotated(record, `shop${number + 1000}`, 'shop99', 10)

    assert.equal(record.audit.length, 200)
    assert.equal(record.audit.at(-1)?.taskHub, 'shop1209')
  })

  it('reads back what it wrote', () => {
    const record = recordDeleted(rotated(emptyRecord('shop'), 'shop101', 'shop99', 10), {
      hub: hub('shop99'),
      at: at(11),
      by,
      evidence: 'idle',
    })

    assert.deepEqual(parseRecord(serialiseRecord(record), 'SHOP'), record)
  })

  const broken: [string, string, RegExp][] = [
    ['text that is not JSON', '<html>', /is not JSON/],
    ['a list', '[]', /schema/],
    ['another schema', '{"schema":2,"app":"shop","hubs":[],"audit":[]}', /schema/],
    ['another app', '{"schema":1,"app":"till","hubs":[],"audit":[]}', /another app/],
    ['no app', '{"schema":1,"hubs":[],"audit":[]}', /another app/],
    ['no lists', '{"schema":1,"app":"shop","hubs":{}}', /no lists/],
    ['no list of actions', '{"schema":1,"app":"shop","hubs":[]}', /no lists/],
    ['a hub that is none', '{"schema":1,"app":"shop","hubs":[3],"audit":[]}', /task hub entry/],
    ['a hub without a name', '{"schema":1,"app":"shop","hubs":[{"hub":{}}],"audit":[]}', /task hub entry/],
    [
      'a hub with a bad name',
      '{"schema":1,"app":"shop","hubs":[{"hub":{"name":"a","account":{}}}],"audit":[]}',
      /task hub entry/,
    ],
    [
      'a hub without an account',
      '{"schema":1,"app":"shop","hubs":[{"hub":{"name":"shop1"}}],"audit":[]}',
      /task hub entry/,
    ],
    [
      'a hub with half an account',
      '{"schema":1,"app":"shop","hubs":[{"hub":{"name":"shop1","account":{"name":"x"}}}],"audit":[]}',
      /task hub entry/,
    ],
    [
      'a previous hub that is none',
      '{"schema":1,"app":"shop","hubs":[{"hub":{"name":"shop1","account":{"name":"x","id":"x"}},"previous":1}],"audit":[]}',
      /task hub entry/,
    ],
    [
      'a time that is none',
      '{"schema":1,"app":"shop","hubs":[{"hub":{"name":"shop1","account":{"name":"x","id":"x"}},"retiredAt":1}],"audit":[]}',
      /task hub entry/,
    ],
    ['an action that is none', '{"schema":1,"app":"shop","hubs":[],"audit":[1]}', /action/],
    ['an action without a time', '{"schema":1,"app":"shop","hubs":[],"audit":[{"by":{}}]}', /action/],
    [
      'an action by nobody',
      '{"schema":1,"app":"shop","hubs":[],"audit":[{"at":"x","taskHub":"x","evidence":"x","by":{}}]}',
      /action/,
    ],
    [
      'an action on a task hub that is none',
      '{"schema":1,"app":"shop","hubs":[],"audit":[{"at":"x","taskHub":1,"evidence":"x","by":{"run":"","project":"","link":""},"action":"swap"}]}',
      /action/,
    ],
    [
      'an unknown action',
      '{"schema":1,"app":"shop","hubs":[],"audit":[{"at":"x","taskHub":"x","evidence":"x","by":{"run":"","project":"","link":""},"action":"burn"}]}',
      /action/,
    ],
  ]
  for (const [what, text, expected] of broken) {
    it(`refuses ${what}, and says what to do`, () => {
      assert.throws(
        () => parseRecord(text, 'shop'),
        (error) => error instanceof Refusal && expected.test(error.message) && /Restore or delete/.test(error.message),
      )
    })
  }
})

describe('keeping the record', () => {
  const signal = new AbortController().signal

  class FakeStore implements RecordStore {
    text: string | undefined
    version = 0
    conflicts = 0

    async read() {
      if (this.text === undefined) {
        await Promise.resolve(undefined)
        return
      }
      return { text: this.text, etag: `${this.version}`, at: new Date('2026-11-21T10:00:00Z') }
    }

    async write(_app: string, text: string, etag: string | undefined) {
      if (this.conflicts-- > 0) {
        this.version++
        return await Promise.resolve('conflict' as const)
      }
      const expected = this.text === undefined ? undefined : `${this.version}`
      if (etag !== expected) return 'conflict' as const
      this.text = text
      this.version++
      return 'written' as const
    }
  }

  const placeOf = (store: RecordStore) => ({ store, account: account.name, app: 'shop' })

  it('begins one where there is none', async () => {
    const store = new FakeStore()
    await keepRecord(
      { clock: new FakeClock(), log: new FakeLog() },
      placeOf(store),
      (record) => rotated(record, 'shop101', 'shop99', 10),
      signal,
    )

    const record = await readRecord(store, 'shop', signal)
    assert.equal(record?.hubs.length, 2)
  })

  it('answers undefined where there is none', async () => {
    assert.equal(await readRecord(new FakeStore(), 'shop', signal), undefined)
  })

  it('reads again and changes again when another run wrote in between', async () => {
    const store = new FakeStore()
    store.conflicts = 2
    const log = new FakeLog()
    await keepRecord(
      { clock: new FakeClock(), log },
      placeOf(store),
      (record) => rotated(record, 'shop101', 'shop99', 10),
      signal,
    )

    assert.deepEqual(log.warnings, [])
    assert.ok(store.text)
  })

  it('warns, and does not fail the deployment, when others keep writing', async () => {
    const store = new FakeStore()
    store.conflicts = 99
    const log = new FakeLog()
    await keepRecord(
      { clock: new FakeClock(), log },
      placeOf(store),
      (record) => rotated(record, 'shop101', 'shop99', 10),
      signal,
    )

    assert.match(log.warnings.join(), /other runs kept changing it/)
  })

  for (const landed of [true, false]) {
    it(`enters an action once after a reply that was lost, where the write had ${landed ? 'been' : 'not been'} done`, async () => {
      const store = new FakeStore()
      const write = store.write.bind(store)
      let lost = 0
      store.write = async (...args) => {
        if (lost++ > 0) return await write(...args)
        if (landed) await write(...args)
        const details = { operation: 'write', kind: 'network', mayHaveHappened: true } as const
        throw new AzureFailure('The connection was reset.', details)
      }
      const log = new FakeLog()
      const change = (record: DeploymentRecord) => rotated(record, 'shop101', 'shop99', 10)
      await keepRecord({ clock: new FakeClock(), log }, placeOf(store), change, signal)

      const record = await readRecord(store, 'shop', signal)
      assert.deepEqual(log.warnings, [])
      assert.equal(record?.audit.length, 1)
      assert.equal(lost, landed ? 1 : 2)
    })
  }

  it('enters an action once, though another run wrote after the reply was lost', async () => {
    const store = new FakeStore()
    const write = store.write.bind(store)
    let sends = 0
    store.write = async (app, text, etag) => {
      sends++
      await write(app, text, etag)
      store.text = serialiseRecord(rotated(parseRecord(text, 'shop'), 'shop102', 'shop101', 11))
      store.version++
      throw new AzureFailure('Too late.', { operation: 'write', kind: 'timeout', mayHaveHappened: true })
    }
    const log = new FakeLog()
    const change = (record: DeploymentRecord) => rotated(record, 'shop101', 'shop99', 10)
    await keepRecord({ clock: new FakeClock(), log }, placeOf(store), change, signal)

    const record = await readRecord(store, 'shop', signal)
    assert.deepEqual(
      record?.audit.map(({ taskHub }) => taskHub),
      ['shop101', 'shop102'],
    )
    assert.equal(sends, 1)
  })

  it('warns when the answers are lost for about a minute', async () => {
    const store = new FakeStore()
    store.write = () =>
      Promise.reject(new AzureFailure('No answer.', { operation: 'write', kind: 'timeout', mayHaveHappened: true }))
    const log = new FakeLog()
    const clock = new FakeClock()
    const from = clock.now().getTime()
    await keepRecord({ clock, log }, placeOf(store), (record) => rotated(record, 'shop101', 'shop99', 10), signal)

    assert.match(log.warnings.join(), /No answer\./)
    assert.ok(clock.now().getTime() - from <= 60_000)
  })

  it('writes nothing where nothing is to be changed', async () => {
    const store = new FakeStore()
    await keepRecord({ clock: new FakeClock(), log: new FakeLog() }, placeOf(store), (record) => record, signal)

    assert.equal(store.text, undefined)
  })

  it('warns when the record is broken, and leaves it as it is', async () => {
    const store = new FakeStore()
    store.text = '<html>'
    const log = new FakeLog()
    await keepRecord({ clock: new FakeClock(), log }, placeOf(store), (record) => record, signal)

    assert.match(log.warnings.join(), /is not JSON/)
    assert.equal(store.text, '<html>')
  })

  it('warns when storage refuses', async () => {
    const store = new FakeStore()
    store.read = () => Promise.reject(new AzureFailure('No access.', { operation: 'read', kind: 'denied' }))
    const log = new FakeLog()
    await keepRecord({ clock: new FakeClock(), log }, placeOf(store), (record) => record, signal)

    assert.match(log.warnings.join(), /No access\./)
  })

  it('does not hide a bug', async () => {
    const store = new FakeStore()
    await assert.rejects(
      keepRecord(
        { clock: new FakeClock(), log: new FakeLog() },
        placeOf(store),
        () => {
          throw new TypeError('bug')
        },
        signal,
      ),
      TypeError,
    )
  })
})
