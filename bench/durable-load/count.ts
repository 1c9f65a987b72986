// What became of the starts, as the tables of the hubs tell it.
import { TableClient } from '@azure/data-tables'
import type { Start } from './load.ts'

export type HubTables = { readonly version: string; readonly hub: string; readonly connectionString: string }

export type Ended = {
  readonly accepted: number
  readonly acceptedBy: Readonly<Record<string, number>>
  readonly refused: number
  /** Accepted starts by what is wrong with them; none is in two. */
  readonly missing: number
  readonly inOtherHub: number
  readonly notEnded: number
  readonly failed: number
  readonly endedTwice: number
  readonly byOtherCode: number
  /** Refused as far as the client knows, and there all the same. */
  readonly unasked: number
}

type Row = { readonly status: string; readonly output: string }

/** Instances that have not ended, in all hubs. */
export async function countOpen(hubs: readonly HubTables[]): Promise<number> {
  let open = 0
  for (const hub of hubs) {
    const rows = tableOf(hub, 'Instances').listEntities<{ RuntimeStatus?: string }>({
      queryOptions: { select: ['RuntimeStatus'], filter: "RuntimeStatus ne 'Completed' and RuntimeStatus ne 'Failed'" },
    })
    for await (const row of rows) if (row.RuntimeStatus !== undefined) open++
  }
  return open
}

export async function countEnds(hubs: readonly HubTables[], starts: readonly Start[]): Promise<Ended> {
  const rows = new Map<string, Map<string, Row>>()
  const completions = new Map<string, Map<string, number>>()
  for (const hub of hubs) {
    rows.set(hub.version, await readInstances(hub))
    completions.set(hub.version, await readCompletions(hub))
  }
  const acceptedBy: Record<string, number> = {}
  const wrong = { missing: 0, inOtherHub: 0, notEnded: 0, failed: 0, endedTwice: 0, byOtherCode: 0 }
  let [accepted, refused, unasked] = [0, 0, 0]
  for (const { id, version } of starts) {
    const isAnywhere = [...rows.values()].some((hub) => hub.has(id))
    if (version === undefined) {
      refused++
      if (isAnywhere) unasked++
      continue
    }
    accepted++
    acceptedBy[version] = (acceptedBy[version] ?? 0) + 1
    const row = rows.get(version)?.get(id)
    const others = [...rows].some(([other, hub]) => other !== version && hub.has(id))
    const ends = completions.get(version)?.get(id) ?? 0
    if (others) wrong.inOtherHub++
    else if (!row) wrong.missing++
    else if (row.status === 'Failed') wrong.failed++
    else if (row.status !== 'Completed' || ends === 0) wrong.notEnded++
    else if (ends > 1) wrong.endedTwice++
    else if (row.output !== JSON.stringify({ begunBy: version, stepBy: version, endedBy: version })) wrong.byOtherCode++
  }
  return { accepted, acceptedBy, refused, ...wrong, unasked }
}

async function readInstances(hub: HubTables): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  const select = ['PartitionKey', 'RuntimeStatus', 'Output']
  const rows = tableOf(hub, 'Instances').listEntities<{ RuntimeStatus?: string; Output?: string }>({
    queryOptions: { select },
  })
  for await (const row of rows) {
    found.set(row.partitionKey ?? '', { status: row.RuntimeStatus ?? '', output: row.Output ?? '' })
  }
  return found
}

/** How often the History of each instance says that it completed. */
async function readCompletions(hub: HubTables): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const rows = tableOf(hub, 'History').listEntities({
    queryOptions: { select: ['PartitionKey'], filter: "EventType eq 'ExecutionCompleted'" },
  })
  for await (const { partitionKey = '' } of rows) found.set(partitionKey, (found.get(partitionKey) ?? 0) + 1)
  return found
}

function tableOf({ connectionString, hub }: HubTables, part: string): TableClient {
  return TableClient.fromConnectionString(connectionString, `${hub}${part}`, { allowInsecureConnection: true })
}
