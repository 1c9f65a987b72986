import assert from 'node:assert/strict'
import { AzureFailure } from '../../core/failures.ts'
import { readHistoryRow, type HistoryRow } from '../../core/task-hub/rows/history.ts'
import type { HubReader, QueueLook } from '../../core/task-hub/idle-proof/hub-reader.ts'
import { readInstanceRow, type InstanceRow } from '../../core/task-hub/rows/instance.ts'
import { workItemQueue } from '../../core/task-hub/layout.ts'
import type { HubName } from '../../core/task-hub/name.ts'

export const fakeHubName = 'Orders' as HubName

type Failing = 'denied' | 'unreadable'

export function fakeControlQueue(number: number): string {
  return `${fakeHubName.toLowerCase()}-control-${String(number).padStart(2, '0')}`
}

/** One hub in memory. Each method counts as one request, as it would be one at least; a batch of a scan is one too. */
export class FakeHubReader implements HubReader {
  /** By key; undefined: there is no Instances table. */
  rows: Map<string, InstanceRow> | undefined = new Map()
  readonly histories = new Map<string, readonly HistoryRow[] | 'tooLong'>()
  readonly queueLooks = new Map<string, QueueLook>()
  readonly asked: string[] = []
  batchSize = 2
  partitions: number | undefined = 1
  isShared = false
  failing: Failing | undefined
  time = new Date('2026-11-21T10:00:00Z')
  #requests = 0

  readonly instances: HubReader['instances']
  readonly history: HubReader['history']
  readonly queues: HubReader['queues']

  constructor(partitions = 1) {
    for (let number = 0; number < partitions; number++) this.queue(fakeControlQueue(number), {})
    this.queue(workItemQueue(fakeHubName), { kind: 'workItems' })
    const isShared = () => this.isShared
    const scan = (since: Date) => this.#scan(since)
    this.instances = {
      get shared() {
        return isShared()
      },
      scan: (since) => scan(since),
      row: (key) => this.#answer(`row ${key}`, () => this.rows?.get(key)),
      completed: (name) =>
        this.#answer(`completed ${name}`, () =>
          this.#all().filter((row) => row.status === 'Completed' && row.name === name),
        ),
    }
    this.history = {
      endAndTimers: (key) => this.#answer(`end ${key}`, () => this.#history(key) ?? []),
      outstanding: (key) => this.#answer(`outstanding ${key}`, () => this.#history(key)),
      withTimersAfter: (moment) => this.#withTimersAfter(moment),
    }
    this.queues = {
      names: () => this.#answer('queues', () => [...this.queueLooks.keys()]),
      look: (names) =>
        this.#answer('look', () => names.map((name) => this.queueLooks.get(name)).filter((each) => each !== undefined)),
    }
  }

  now(): Date {
    return this.time
  }

  partitionCount(): Promise<number | undefined> {
    return this.#answer('partitionCount', () => this.partitions)
  }

  isThere(): Promise<boolean> {
    return this.#answer('isThere', () => this.rows !== undefined || this.queueLooks.size > 0)
  }

  requests(): number {
    return this.#requests
  }

  /** Puts a row, Running unless told, written now. */
  row(key: string, columns: Record<string, unknown> = {}): InstanceRow {
    const row = readInstanceRow({
      PartitionKey: key,
      Name: 'ProcessOrder',
      RuntimeStatus: 'Running',
      ExecutionId: `${key}-1`,
      CreatedTime: this.time,
      LastUpdatedTime: this.time,
      Timestamp: this.time.toISOString(),
      ...columns,
    })
    assert.ok(row && this.rows)
    this.rows.set(row.key, row)
    return row
  }

  /** The events of an instance's only execution, and their sentinel. */
  events(key: string, ...events: readonly Record<string, unknown>[]): void {
    const all = [...events, { RowKey: 'sentinel' }].map((columns, index) =>
      readHistoryRow({ RowKey: index.toString(16).padStart(16, '0'), ExecutionId: `${key}-1`, ...columns }),
    )
    this.histories.set(
      key,
      all.filter((row) => row !== undefined),
    )
  }

  queue(name: string, look: Partial<QueueLook>): void {
    this.queueLooks.set(name, { name, kind: 'control', messages: 0, visible: 0, leftoverTimers: 0, ...look })
  }

  #all(): InstanceRow[] {
    return [...(this.rows?.values() ?? [])]
  }

  async #answer<T>(what: string, read: () => T): Promise<T> {
    this.#requests += 1
    this.asked.push(what)
    await Promise.resolve()
    if (this.failing && what !== 'queues') this.#fail(this.failing)
    return read()
  }

  #fail(kind: Failing): never {
    throw new AzureFailure('Could not read: status 403.', { operation: 'read', kind })
  }

  async *#scan(since: Date): AsyncGenerator<readonly InstanceRow[]> {
    if (!this.rows) throw new AzureFailure('There is no such table.', { operation: 'read', kind: 'notFound' })
    const ended = ['Completed', 'Failed', 'Terminated', 'Canceled']
    const wanted = this.#all().filter(
      ({ status, writtenAt }) => !ended.includes(status) || new Date(writtenAt ?? since) >= since,
    )
    for (let at = 0; at < Math.max(1, wanted.length); at += this.batchSize) {
      yield await this.#answer('scan', () => wanted.slice(at, at + this.batchSize))
    }
  }

  #history(key: string): readonly HistoryRow[] | undefined {
    const history = this.histories.get(key) ?? []
    return history === 'tooLong' ? undefined : history
  }

  async *#withTimersAfter(moment: Date): AsyncGenerator<readonly string[]> {
    for (const [key, history] of this.histories) {
      const isDue = history !== 'tooLong' && history.some(({ fireAt }) => fireAt !== undefined && fireAt > moment)
      if (isDue) yield await this.#answer('timers', () => [key, key])
    }
  }
}
