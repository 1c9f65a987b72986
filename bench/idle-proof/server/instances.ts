import { hash, hex } from './random.ts'
import { edmDate, type Column, type EdmType, type Table, type Value } from './table.ts'

const ended = ['Completed', 'Failed', 'Terminated', 'Canceled'] as const
const unfinished = ['Running', 'Pending', 'Suspended'] as const
const statuses = [...ended, ...unfinished]
const names = ['OrderOrchestrator', 'NightlyImport', 'ApproveInvoice', 'SendReminders', 'SyncCustomer', 'ReserveStock']
const day = 86_400_000
const firstStart = Date.UTC(2025, 0, 1)

/** The instances of a hub: keys are kept, everything else of a row follows from its number. */
export type Instances = {
  readonly keys: readonly string[]
  readonly seed: number
  readonly hub: string
  /** By row number: an index into the statuses. */
  readonly state: Uint8Array
}

/** All of them have ended: 96 % Completed, the rest failed or stopped. */
export function makeInstances(hub: string, keys: readonly string[], seed: number): Instances {
  const state = new Uint8Array(keys.length)
  for (let row = 0; row < state.length; row++) state[row] = endedState(seed, row)
  return { keys, seed, hub, state }
}

/** Makes the rows named unfinished, all others ended. The first is Running. */
export function setInFlight({ state, seed }: Instances, rows: readonly number[]): void {
  for (let row = 0; row < state.length; row++) state[row] = endedState(seed, row)
  rows.forEach((row, at) => {
    state[row] = ended.length + (at % 10 < 8 ? 0 : (at % 10) - 7)
  })
}

export function isEnded({ state }: Instances, row: number): boolean {
  return (state[row] ?? 0) < ended.length
}

function endedState(seed: number, row: number): number {
  const share = hash(seed, row, 5) % 100
  return share < 96 ? 0 : share < 98 ? 1 : share < 99 ? 2 : 3
}

export function createdAt({ seed }: Instances, row: number): number {
  return firstStart + (hash(seed, row, 6) % (100 * day))
}

export function updatedAt(instances: Instances, row: number): number {
  return createdAt(instances, row) + 500 + (hash(instances.seed, row, 7) % 600_000)
}

export function executionId({ seed }: Instances, row: number): string {
  return hex(seed, row, 9, 4)
}

export function orchestrationName({ seed }: Instances, row: number): string {
  return names[hash(seed, row, 8) % names.length] ?? ''
}

/**
 * The Instances table as the library writes it: RowKey is empty, one row an instance, and these columns (DT
 * OrchestrationInstanceStatus.cs:23-42, AzureTableTrackingStore.cs:781-801,915-1062). Only ended rows have an Output and a
 * CompletedTime.
 */
export function instancesTable(instances: Instances): Table {
  const { keys, seed, hub, state } = instances
  const partitionKey = (row: number) => keys[row] ?? ''
  const number = (row: number, salt: number, below: number) => hash(seed, row, salt) % below
  const whenEnded = (value: (row: number) => Value) => (row: number) =>
    isEnded(instances, row) ? value(row) : undefined
  const writtenMs = (row: number) => updatedAt(instances, row) + 20
  const updated = (row: number) => edmDate(updatedAt(instances, row), number(row, 10, 10_000))
  const column = (name: string, at: Column['at'], type: EdmType = 'Edm.String'): Column => ({ name, type, at })
  return {
    name: `${hub}Instances`,
    size: keys.length,
    partitionKey,
    rowKey: () => '',
    columns: [
      column('PartitionKey', partitionKey),
      column('RowKey', () => ''),
      {
        ...column('Timestamp', (row) => edmDate(writtenMs(row), number(row, 11, 10_000)), 'Edm.DateTime'),
        msAt: writtenMs,
      },
      column('CompletedTime', whenEnded(updated), 'Edm.DateTime'),
      column('CreatedTime', (row) => edmDate(createdAt(instances, row), number(row, 12, 10_000)), 'Edm.DateTime'),
      column('CustomStatus', () => 'null'),
      column('ExecutionId', (row) => executionId(instances, row)),
      column('Generation', () => 0, 'Edm.Int32'),
      column('Input', (row) => input(seed, row)),
      column('LastUpdatedTime', updated, 'Edm.DateTime'),
      column('Name', (row) => orchestrationName(instances, row)),
      column(
        'Output',
        whenEnded((row) => `{"status":"shipped","parcel":"${hex(seed, row, 13, 2)}","items":${number(row, 14, 30)}}`),
      ),
      column('RuntimeStatus', (row) => statuses[state[row] ?? 0]),
      column('Tags', (row) => `{"tenant":"tenant-${number(row, 15, 400)}"}`),
      column('TaskHubName', () => hub),
      // Unversioned orchestrations have an empty Version; rows of old libraries have none.
      column('Version', (row) => (number(row, 16, 10) === 0 ? undefined : number(row, 16, 10) < 6 ? '' : '2.1')),
    ],
  }
}

function input(seed: number, row: number): string {
  const order = hash(seed, row, 17) % 1_000_000
  const customer = hex(seed, row, 18, 2)
  const amount = (hash(seed, row, 19) % 100_000) / 100
  return `{"orderId":${order},"customer":"${customer}","currency":"EUR","amount":${amount},"address":{"city":"Bergen","street":"Strandgaten 7"},"express":${order % 2 === 0}}`
}
