import assert from 'node:assert/strict'
import { createClient } from '../../../emulator/durable/client.ts'
import { namesOf } from '../../../emulator/durable/names.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import { startWorker } from '../../../emulator/durable/worker.ts'
import { startQueueServer, type QueueServer } from '../../dtfx/queue-server.ts'
import { blobAddressOf, readHubs } from '../../dtfx/read-hub.ts'
import { readRecording, recordingFile } from '../../dtfx/recording.ts'
import { storageView, type StorageView } from '../../dtfx/storage-view.ts'
import { startAzurite, type Azurite } from '../../support/azurite.ts'
import { describeHub, differencesOf } from './describe-hub.ts'
import { knownDifferences } from './known-differences.ts'
import { app, sameSituations, withoutWorker } from './same-situations.ts'

const partitionCount = 4
const seen = new Set<string>()

describe("the emulator's worker and the real framework", () => {
  let azurite: Azurite
  let queues: QueueServer
  let connection: string
  before(async () => {
    azurite = await startAzurite()
    queues = await startQueueServer()
    connection = azurite.connectionString.replace(/QueueEndpoint=[^;]*/, `QueueEndpoint=${queues.endpoint}`)
  })
  after(async () => {
    await queues.stop()
    await azurite.stop()
  })

  for (const { name, act } of sameSituations) {
    it(`write the same of '${name}' but for the differences that are known`, () =>
      compare(name, async (hub, view) => {
        const worker = startWorker({ connection, hub, app, partitionCount, workerId: 'worker-1', encoding: 'utf8' })
        try {
          await worker.ready
          await act(worker, view)
          await worker.stop()
        } finally {
          await worker.kill()
        }
      }))
  }

  for (const { name, act } of withoutWorker) {
    it(`write the same of '${name}' but for the differences that are known`, () =>
      compare(name, async (hub, view) => {
        const ended = new AbortController()
        const storage = openStorage(connection, ended.signal)
        const client = createClient({ storage, names: namesOf(hub), partitionCount, encoding: 'utf8' })
        await client.ensureHub()
        await act(client, view)
        ended.abort()
      }))
  }

  it('differ in nothing that is listed as a difference and is none any more', () => {
    const stale = knownDifferences.filter(({ what }) => ![...seen].some((line) => what.test(line)))
    assert.deepEqual(
      stale.map(({ what }) => what.source),
      [],
    )
  })

  async function compare(name: string, act: (hub: string, view: StorageView) => Promise<void>): Promise<void> {
    const recording = readRecording(recordingFile('dtfx-2', name, partitionCount))
    const [{ hub } = { hub: '' }] = recording.expected
    await act(hub, storageView(connection, hub))
    const storage = { connectionString: connection, messages: queues.messages }
    const ours = await readHubs(storage, { hubs: [hub], now: new Date(), blobAddresses: [blobAddressOf(connection)] })
    const found = differencesOf(describeHub(recording, hub), describeHub(ours, hub))
    for (const line of found) seen.add(line)
    const unknown = [...found].filter((line) => !knownDifferences.some(({ what }) => what.test(line)))
    assert.deepEqual(unknown, [])
  }
})
