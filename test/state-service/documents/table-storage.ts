// Azurite with tables for tests, and a way to it on which the switchboard has a say.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TableClient } from '@azure/data-tables'
import { systemClock } from '../../../core/azure/clock.ts'
import { referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import type { Clock } from '../../../core/ports.ts'
import { Faults } from '../../../emulator/http/faults.ts'
import { RequestLog } from '../../../emulator/http/request-log.ts'
import { startAzurite, type Ports } from '../../../emulator/storage/azurite.ts'
import { startFront } from '../../../emulator/storage/front.ts'
import { openTableDocuments, type TableDocuments } from '../../../state-service/documents/store-table.ts'

export type TableStorage = {
  readonly faults: Faults
  readonly requests: RequestLog
  /** A name that no table has yet. */
  newTable(): string
  open(table: string): TableDocuments
  /** Through the switchboard; with `clock`, pauses between tries are its own. */
  openThroughFaults(table: string, clock?: Clock): TableDocuments
  /** The table itself, past the store. */
  client(table: string): TableClient
  stop(): Promise<void>
}

const [account, key] = ['kept', Buffer.from('a key for nobody but this test').toString('base64')]

export async function startTableStorage(): Promise<TableStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'state-service-tables-'))
  const azurite = await startAzurite({ folder, accounts: { [account]: key } })
  const [faults, requests] = [new Faults(), new RequestLog()]
  const front = await startFront({ behind: azurite.ports, faults, requests })
  let tables = 0
  const open = (ports: Ports, table: string, clock: Clock) => {
    const reference = referenceFromConnectionString(connectionString(ports))
    assert.ok(reference.kind === 'connectionString')
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    return openTableDocuments(reference, { transport, clock, onSecret: () => undefined }, table)
  }
  return {
    faults,
    requests,
    newTable: () => `kept${++tables}`,
    open: (table) => open(azurite.ports, table, systemClock),
    openThroughFaults: (table, clock = systemClock) => open(front.ports, table, clock),
    client: (table) =>
      TableClient.fromConnectionString(connectionString(azurite.ports), table, { allowInsecureConnection: true }),
    stop: async () => {
      await front.close()
      await azurite.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function connectionString(ports: Ports): string {
  const endpoints = (['blob', 'queue', 'table'] as const).map(
    (service) => `${service}Endpoint=http://127.0.0.1:${ports[service]}/${account}`,
  )
  return ['DefaultEndpointsProtocol=http', `AccountName=${account}`, `AccountKey=${key}`, ...endpoints].join(';')
}
