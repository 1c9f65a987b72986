import { edmDate, type Column, type Table } from './table.ts'

/** Whether a worker holds the hub's partitions. Each change writes their rows anew. */
export type Ownership = { isAlive: boolean; writtenMs: number }

/** The Partitions table of a hub of four partitions (columns: DT Partitioning/TablePartitionLease.cs:24-100). */
export function partitionsTable(hub: string, ownership: Ownership): Table {
  const text = (name: string, at: () => string | undefined): Column => ({ name, type: 'Edm.String', at })
  const date = (name: string, at: () => number): Column => ({ name, type: 'Edm.DateTime', at: () => edmDate(at()) })
  const rowKey = (row: number) => `${hub.toLowerCase()}-control-0${row}`
  const leaseMs = 30_000
  const renewed = () => (ownership.isAlive ? Date.now() : ownership.writtenMs - 60_000)
  return {
    name: `${hub}Partitions`,
    size: 4,
    partitionKey: () => '',
    rowKey,
    columns: [
      text('PartitionKey', () => ''),
      { name: 'RowKey', type: 'Edm.String', at: rowKey },
      date('Timestamp', () => ownership.writtenMs),
      text('CurrentOwner', () => (ownership.isAlive ? 'worker-1' : undefined)),
      date('LastRenewal', renewed),
      date('ExpiresAt', () => renewed() + leaseMs),
    ],
  }
}
