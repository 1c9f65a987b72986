import { setTimeout as delay } from 'node:timers/promises'

import { RestError, TableClient, TableServiceClient } from '@azure/data-tables'

/** An orchestration as storage last showed it. */
export type Orchestration = {
  readonly id: string
  readonly hub: string
  readonly name: string
  readonly status: string
  /** Every version that carried out one of its steps, from its own output; empty until it has ended. */
  readonly versions: readonly string[]
}

type Row = {
  readonly partitionKey: string
  readonly Name?: string
  readonly RuntimeStatus?: string
  readonly Output?: string
}

/**
 * Keeps book of every orchestration in the storage account by reading its tables, independently of the tasks and the
 * host. What was seen stays in the book after its task hub is gone.
 */
export class Ledger {
  readonly all = new Map<string, Orchestration>()
  private readonly connectionString: string
  private readonly service: TableServiceClient

  constructor(connectionString: string) {
    this.connectionString = connectionString
    this.service = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true })
  }

  /** Reads on until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.read()
      await delay(500, undefined, { signal }).catch(() => undefined)
    }
  }

  async read(): Promise<void> {
    for await (const { name = '' } of this.service.listTables()) {
      if (name.endsWith('Instances')) await this.readHub(name.slice(0, -'Instances'.length))
    }
  }

  has(id: string): boolean {
    return this.all.has(id)
  }

  isOver(id: string): boolean {
    return hasEnded(this.all.get(id)?.status)
  }

  /** The ids of what has not ended. */
  inFlight(): string[] {
    return [...this.all.values()].filter(({ status }) => !hasEnded(status)).map(({ id }) => id)
  }

  private async readHub(hub: string): Promise<void> {
    const options = { allowInsecureConnection: true }
    const table = TableClient.fromConnectionString(this.connectionString, `${hub}Instances`, options)
    const select = ['PartitionKey', 'Name', 'RuntimeStatus', 'Output']
    try {
      for await (const row of table.listEntities<Row>({ queryOptions: { select } })) this.enter(hub, row)
    } catch (cause) {
      // The hub was retired between the list of tables and this read.
      if (!(cause instanceof RestError && cause.statusCode === 404)) throw cause
    }
  }

  private enter(hub: string, row: Row): void {
    const id = row.partitionKey
    if (id.startsWith('@')) return // An entity, not an orchestration.
    const versions = versionsIn(row.Output)
    this.all.set(id, { id, hub, name: row.Name ?? '', status: row.RuntimeStatus ?? '', versions })
  }
}

export function hasEnded(status: string | undefined): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated'
}

/** The sample app notes in each step of its output which version carried it out. */
function versionsIn(output: string | undefined): string[] {
  const found = [...(output ?? '').matchAll(/"version":"([^"]+)"/g)].map(([, version]) => version ?? '')
  return [...new Set(found)]
}
