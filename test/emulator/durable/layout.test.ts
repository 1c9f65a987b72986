import assert from 'node:assert/strict'
import type { OrchestrationContext } from '../../../emulator/durable/app.ts'
import { event } from '../../../emulator/durable/events.ts'
import { decodeMessage, encodeMessage } from '../../../emulator/durable/message.ts'
import { escapeKey, fnv1a, partitionOf, unescapeKey } from '../../../emulator/durable/names.ts'
import type { Task } from '../../../emulator/durable/tasks.ts'
import { startAzurite } from '../../support/azurite.ts'
import type { Azurite } from '../../support/azurite.ts'
import { ended, workers } from './hub-for-test.ts'

type Raw = Record<string, unknown>

describe("the library's layout of a task hub", () => {
  let azurite: Azurite
  const fleet = workers()
  before(async () => {
    azurite = await startAzurite()
  })
  after(async () => {
    await fleet.stop()
    await azurite.stop()
  })

  // Table Storage gives the type of every property that JSON does not show by itself.
  const typed = { disableTypeConversion: true } as const
  const typeOf = (value: unknown) =>
    typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : typeof value

  it('has typed Instances, History and sentinel rows', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Layout', {
      activities: { Echo: (input: unknown) => input },
      orchestrators: {
        *Order(context: OrchestrationContext): Generator<Task, unknown, never> {
          context.setCustomStatus({ step: 1 })
          return yield context.callActivity('Echo', 'x')
        },
      },
    })
    await ended(client, await client.startNew('Order', { n: 1 }, 'a/b?c'))
    const { storage, names } = client.hub
    const key = 'a^0b^3c'
    const instance = await storage.table(names.instances).getEntity<Raw>(key, '', typed)
    const types = Object.fromEntries(Object.entries(instance).map(([name, value]) => [name, typeOf(value)]))
    for (const name of ['CreatedTime', 'LastUpdatedTime', 'CompletedTime']) assert.equal(types[name], 'DateTime', name)
    for (const name of ['ExecutionId', 'Name', 'Version', 'Input', 'Output', 'CustomStatus', 'RuntimeStatus', 'Tags'])
      assert.ok(types[name] === 'string' || types[name] === 'String', `${name} is ${types[name] ?? 'missing'}`)
    assert.match(types['Generation'] ?? '', /Int32|number/)
    const plain = await storage.table(names.instances).getEntity<Raw>(key, '')
    assert.match(String(plain['ExecutionId']), /^[0-9a-f]{32}$/)
    assert.deepEqual(
      [plain['Name'], plain['Version'], plain['Input'], plain['Output'], plain['CustomStatus'], plain['TaskHubName']],
      ['Order', '', '{"n":1}', '"x"', '{"step":1}', 'Layout'],
    )

    const history: Raw[] = []
    for await (const row of storage.table(names.history).listEntities<Raw>()) history.push(row)
    const events = history.filter((row) => row['rowKey'] !== 'sentinel')
    assert.deepEqual(
      events.map((row) => row['EventType']),
      [
        'OrchestratorStarted',
        'ExecutionStarted',
        'TaskScheduled',
        'OrchestratorCompleted',
        'OrchestratorStarted',
        'TaskCompleted',
        'ExecutionCompleted',
        'OrchestratorCompleted',
      ],
    )
    assert.deepEqual(
      events.map((row) => row['rowKey']),
      events.map((_, index) => index.toString(16).toUpperCase().padStart(16, '0')),
    )
    assert.ok(events.every((row) => row['ExecutionId'] === plain['ExecutionId'] && row['_Timestamp'] instanceof Date))
    assert.deepEqual(JSON.parse(String(events[1]?.['OrchestrationInstance'])), {
      InstanceId: 'a/b?c',
      ExecutionId: plain['ExecutionId'],
    })
    const sentinel = history.find((row) => row['rowKey'] === 'sentinel')
    assert.ok(sentinel)
    assert.equal(sentinel['ExecutionId'], plain['ExecutionId'])
    assert.equal(sentinel['IsCheckpointComplete'], true)
    assert.ok(sentinel['CheckpointCompletedTimestamp'] instanceof Date)
  })

  it('says in the Partitions table who works on which control queue', async () => {
    const worker = await fleet.start(azurite.connectionString, 'Owned', {}, { workerId: 'w' })
    const { storage, names } = worker.client.hub
    const row = await storage.table(names.partitions).getEntity<Raw>('', 'owned-control-00', typed)
    for (const name of ['OwnedSince', 'LastRenewal', 'ExpiresAt']) assert.equal(typeOf(row[name]), 'DateTime', name)
    assert.match(typeOf(row['IsDraining']), /boolean|Boolean/)
    const container = storage.blobs.getContainerClient('owned-applease')
    assert.equal((await container.getProperties()).leaseState, 'leased')
    assert.equal((await container.getBlobClient('owned-appleaseinfo').downloadToBuffer()).toString(), '{}')
  })

  for (const [id, key] of [
    ['plain-id', 'plain-id'],
    ['a/b\\c#d?e^f', 'a^0b^1c^2d^3e^^f'],
    ['\u0001\u007f', '^\u00c1^\u013f'],
  ] as const) {
    it(`escapes instance id ${JSON.stringify(id)} and back`, () => {
      assert.equal(escapeKey(id), key)
      assert.equal(unescapeKey(key), id)
    })
  }

  it('routes instances by FNV-1a', () => {
    assert.equal(fnv1a(''), 0x811c9dc5)
    assert.equal(fnv1a('a'), 0xe40c292c)
    assert.equal(fnv1a('foobar'), 0xbf9cf968)
    assert.equal(partitionOf('foobar', 4), 0xbf9cf968 % 4)
  })

  it('writes messages as the library does and reads both of its encodings', () => {
    const FireAt = new Date('2026-01-02T03:04:05.000Z')
    const message = {
      event: event('TimerFired', { TimerId: 7, FireAt }),
      target: { InstanceId: 'x', ExecutionId: 'e' },
    }
    const text = encodeMessage(message)
    const wire = JSON.parse(text) as { $type: string; TaskMessage: { Event: Raw; OrchestrationInstance: Raw } }
    assert.equal(wire.$type, 'DurableTask.AzureStorage.MessageData')
    assert.equal(wire.TaskMessage.Event['$type'], 'DurableTask.Core.History.TimerFiredEvent')
    assert.deepEqual([wire.TaskMessage.Event['EventType'], wire.TaskMessage.Event['TimerId']], [11, 7])
    for (const body of [text, Buffer.from(text).toString('base64')]) {
      const read = decodeMessage(body)
      assert.ok('event' in read)
      assert.deepEqual([read.event.EventType, read.event.FireAt, read.target], ['TimerFired', FireAt, message.target])
    }
  })
})
