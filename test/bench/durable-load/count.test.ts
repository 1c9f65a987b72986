import assert from 'node:assert/strict'
import { TableClient } from '@azure/data-tables'
import type { HubTables } from '../../../bench/durable-load/count.ts'
import { countEnds, countOpen } from '../../../bench/durable-load/count.ts'
import type { Start } from '../../../bench/durable-load/load.ts'
import type { Azurite } from '../../support/azurite.ts'
import { startAzurite } from '../../support/azurite.ts'

const start = (id: string, version?: string): Start => ({
  ...{ id, sentAt: 0, tookMs: 1 },
  ...(version === undefined ? { refused: 'status 502' } : { version }),
})
const output = (version: string, endedBy = version) => JSON.stringify({ begunBy: version, stepBy: version, endedBy })

describe('what became of the starts of the durable load', () => {
  let azurite: Azurite
  let hubs: HubTables[]
  before(async () => {
    azurite = await startAzurite()
    const { connectionString } = azurite
    hubs = ['A', 'B'].map((version) => ({ version, hub: `count${version}`, connectionString }))
    for (const { hub } of hubs) for (const part of ['Instances', 'History']) await table(hub + part).createTable()
    await instance('A', 'good', 'Completed', { output: output('A'), ends: 1 })
    await instance('A', 'twice', 'Completed', { output: output('A'), ends: 2 })
    await instance('A', 'mixed', 'Completed', { output: output('A', 'B'), ends: 1 })
    await instance('A', 'failed', 'Failed', { ends: 1 })
    await instance('A', 'running', 'Running', {})
    await instance('A', 'half', 'Completed', { output: output('A') })
    await instance('A', 'both', 'Completed', { output: output('A'), ends: 1 })
    await instance('B', 'both', 'Completed', { output: output('B'), ends: 1 })
    await instance('B', 'astray', 'Completed', { output: output('B'), ends: 1 })
    await instance('B', 'quiet', 'Pending', {})
  })
  after(() => azurite.stop())

  function table(name: string): TableClient {
    return TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true })
  }

  async function instance(version: string, id: string, status: string, { output = '', ends = 0 }) {
    const row = { partitionKey: id, rowKey: '', RuntimeStatus: status, Output: output }
    await table(`count${version}Instances`).createEntity(row)
    for (let at = 0; at < ends; at++) {
      const event = { partitionKey: id, rowKey: String(at), EventType: 'ExecutionCompleted' }
      await table(`count${version}History`).createEntity(event)
    }
  }

  it('is told apart for each start, and nothing is told twice', async () => {
    const ids = ['good', 'twice', 'mixed', 'failed', 'running', 'half', 'both', 'astray', 'gone']
    const starts = [...ids.map((id) => start(id, 'A')), start('quiet'), start('never')]
    assert.deepEqual(await countEnds(hubs, starts), {
      accepted: 9,
      acceptedBy: { A: 9 },
      refused: 2,
      missing: 1,
      inOtherHub: 2,
      notEnded: 2,
      failed: 1,
      endedTwice: 1,
      byOtherCode: 1,
      unasked: 1,
    })
  })

  it('is open while an instance of any hub has not ended', async () => {
    assert.equal(await countOpen(hubs), 2)
  })
})
