import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { AzureFailure } from '../../../../core/failures.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import type { RootsWanted } from '../../../../core/task-hub/ports.ts'
import { fillHub } from '../../../../emulator/durable/fill.ts'
import type { Line } from '../../../dtfx/lines.ts'
import { loadRecording } from '../../../dtfx/load-recording.ts'
import type { Recording } from '../../../dtfx/recording.ts'
import { recordingFile } from '../../../dtfx/recording.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'

const signal = new AbortController().signal

describe('the new instances of a hub in Azurite', function () {
  this.timeout(20_000)
  let azurite: Azurite
  before(async () => {
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const open = () => {
    const reference = referenceFromConnectionString(azurite.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const access = {
      transport: { userAgent: 'test', proxyFor: () => undefined },
      clock: systemClock,
      onSecret: () => {},
    }
    return openTaskHubs(reference, access)
  }
  const read = (hub: string, wanted: Partial<RootsWanted> = {}) =>
    open().roots(hub as HubName, { most: 100, withinMs: 15_000, ...wanted }, signal)
  const ids = async (hub: string, wanted: Partial<RootsWanted> = {}) => {
    const { roots } = await read(hub, { after: new Date(0), ...wanted })
    return roots.map(({ id }) => id).sort()
  }
  /** Each line with its own number of partitions, which is part of the hub's name. */
  const play = async (line: Line, situation: string, partitions: number) => {
    const recording = JSON.parse(readFileSync(recordingFile(line, situation, partitions), 'utf8')) as Recording
    await loadRecording(azurite.connectionString, recording)
    return recording.expected[0]?.hub ?? ''
  }

  it('are none of a hub that was never provisioned, and none is created', async () => {
    const { exists, roots } = await read('NeverThere', { after: new Date(0) })

    assert.deepEqual({ exists, roots }, { exists: false, roots: [] })
    assert.deepEqual((await open().parts('NeverThere' as HubName, signal)).parts, [])
  })

  it('are those created later than a moment, and no entities', async () => {
    const seed = await fillHub(azurite.connectionString, 'Newest1')
    await seed.running({ name: 'Old', createdTime: new Date(Date.now() - 60_000) })
    const { at } = await read('Newest1')
    await seed.running({ name: 'New', createdTime: new Date(at.getTime() + 1_000) })
    await seed.entity('counter', 'total')

    const { roots, exists, areAll } = await read('Newest1', { after: at })

    assert.deepEqual({ exists, areAll }, { exists: true, areAll: true })
    assert.deepEqual(
      roots.map(({ name }) => name),
      ['New'],
    )
  })

  it('are said to be more where there are more than were to be read', async () => {
    const seed = await fillHub(azurite.connectionString, 'Newest2')
    for (let each = 0; each < 4; each++) await seed.running({ name: 'New' })

    const { roots, areAll } = await read('Newest2', { after: new Date(0), most: 3 })

    assert.deepEqual([roots.length, areAll], [3, false])
  })

  it('are not known where reading takes too long', async () => {
    await fillHub(azurite.connectionString, 'Newest3')

    await assert.rejects(read('Newest3', { after: new Date(0), withinMs: 0 }), (error) => {
      return error instanceof AzureFailure && error.kind === 'timeout'
    })
  })

  for (const [line, partitions] of [
    ['dtfx-1-early', 1],
    ['dtfx-2', 4],
  ] as const) {
    it(`hold no sub-orchestration that version ${line} wrote`, async () => {
      assert.deepEqual(await ids(await play(line, 'completed', partitions)), ['alone', 'with-activity', 'with-child'])
    })
  }

  for (const [line, partitions] of [
    ['dtfx-1', 1],
    ['dtfx-2', 4],
  ] as const) {
    it(`hold none that version ${line} continued as new`, async () => {
      assert.deepEqual(await ids(await play(line, 'eternal', partitions)), [])
    })
  }
})
