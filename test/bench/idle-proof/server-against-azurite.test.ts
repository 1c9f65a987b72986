// The bench's server is no convenient fake: for the same rows and the same query it answers what Azurite answers.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import { historyTable } from '../../../bench/idle-proof/server/history.ts'
import { instancesTable, makeInstances, setInFlight } from '../../../bench/idle-proof/server/instances.ts'
import { makeKeys } from '../../../bench/idle-proof/server/keys.ts'
import { hubQueues } from '../../../bench/idle-proof/server/queues.ts'
import { hash, pick } from '../../../bench/idle-proof/server/random.ts'
import { startServer, type BenchServer } from '../../../bench/idle-proof/server/server.ts'
import type { Table } from '../../../bench/idle-proof/server/table.ts'
import { startAzurite, type Azurite } from '../../support/azurite.ts'

type Query = Readonly<Record<string, string>>
type Row = Readonly<Record<string, unknown>>
type Place = { readonly connectionString: string }

const seed = 7
const strangeKeys = ["o'neil", '@counter@a', '@', 'A', 'Zürich-1', 'zürich-1', 'a"b', 'order:0001', '^0^1', '日本', '~']
const keys = [...new Set([...makeKeys('serial', 200, seed), ...makeKeys('uniform', 100, seed), ...strangeKeys])].sort(
  (left, right) => (left < right ? -1 : 1),
)
const instances = makeInstances('CheckHub', keys, seed)
setInFlight(instances, pick(60, keys.length, seed))
const table = withoutSomeStatuses(instancesTable(instances))
const shortHistory = historyTable(makeInstances('CheckHub', keys.slice(0, 10), seed))

/** As after a purge under a running instance. */
function withoutSomeStatuses(whole: Table): Table {
  const columns = whole.columns.map((column) =>
    column.name === 'RuntimeStatus'
      ? { ...column, at: (row: number) => (row % 9 === 0 ? undefined : column.at(row)) }
      : column,
  )
  return { ...whole, columns }
}

function entity(from: Table, row: number): Record<string, unknown> {
  const properties: Record<string, unknown> = { partitionKey: from.partitionKey(row), rowKey: from.rowKey(row) }
  for (const { name, type, at } of from.columns.slice(3)) {
    const value = at(row)
    if (value !== undefined) properties[name] = type === 'Edm.DateTime' ? { type: 'DateTime', value } : value
  }
  return properties
}

async function fill(azurite: Azurite, from: Table): Promise<void> {
  const client = TableClient.fromConnectionString(azurite.connectionString, from.name, {
    allowInsecureConnection: true,
  })
  await client.createTable()
  for (let at = 0; at < from.size; at += 20) {
    const some = Array.from({ length: Math.min(20, from.size - at) }, (_, offset) => entity(from, at + offset))
    await Promise.all(some.map((row) => client.createEntity(row as { partitionKey: string; rowKey: string })))
  }
}

async function get({ connectionString }: Place, path: string, search: URLSearchParams, metadata = 'minimal') {
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? ''
  const url = new URL(`${part('TableEndpoint')}/${path}`)
  url.search = search.toString()
  const date = new Date().toUTCString()
  const account = part('AccountName')
  const signature = createHmac('sha256', Buffer.from(part('AccountKey'), 'base64'))
    .update(`${date}\n/${account}${url.pathname}`)
    .digest('base64')
  return fetch(url, {
    headers: {
      accept: `application/json;odata=${metadata}metadata`,
      'x-ms-date': date,
      'x-ms-version': '2019-02-02',
      authorization: `SharedKeyLite ${account}:${signature}`,
    },
  })
}

/** All rows of a query, walking from page to page. */
async function rowsOf(place: Place, path: string, query: Query, metadata?: string): Promise<Row[]> {
  const rows: Row[] = []
  let token: Record<string, string> = {}
  for (let pages = 0; pages < 2000; pages++) {
    const answer = await get(place, path, new URLSearchParams({ ...query, ...token }), metadata)
    assert.equal(answer.status, 200, await answer.clone().text())
    const body = (await answer.json()) as { value: Row[] }
    rows.push(...body.value)
    const partition = answer.headers.get('x-ms-continuation-nextpartitionkey')
    if (partition === null) return rows
    token = { NextPartitionKey: partition, NextRowKey: answer.headers.get('x-ms-continuation-nextrowkey') ?? '' }
  }
  throw new Error('There is no end of pages.')
}

/** Azurite writes its own time into Timestamp, and its own address into links; the order of properties means nothing. */
function comparable(row: Row): Row {
  const { Timestamp, 'odata.etag': etag, 'odata.id': id, 'odata.type': type, ...rest } = row
  // Azurite does not double a quote in a link.
  const path = (link: unknown) =>
    typeof link === 'string' ? decodeURIComponent(link.replace(/^.*\//, '')).replaceAll("o''", "o'") : link
  const { 'odata.editLink': link, ...columns } = rest
  const shape = { Timestamp: typeof Timestamp, etag: typeof etag, type: typeof type }
  return { ...columns, ...shape, id: path(id), link: path(link) }
}

async function sameRows(
  server: Place,
  azurite: Place,
  query: Query,
  options: { path?: string; metadata?: string } = {},
) {
  const path = options.path ?? `${table.name}()`
  const ours = await rowsOf(server, path, query, options.metadata)
  const theirs = await rowsOf(azurite, path, query, options.metadata)
  assert.deepEqual(ours.map(comparable), theirs.map(comparable), JSON.stringify(query))
  return ours.length
}

const unfinished =
  "not (RuntimeStatus eq 'Completed' or RuntimeStatus eq 'Failed' or RuntimeStatus eq 'Terminated' or RuntimeStatus eq 'Canceled')"

/** A filter by chance; depth 0 is one comparison. */
function filterBy(dice: () => number, depth: number): string {
  if (depth === 0) return comparison(dice)
  const [left, right] = [filterBy(dice, depth - 1), filterBy(dice, depth - 1)]
  return [`(${left}) and (${right})`, `(${left}) or (${right})`, `not (${left})`, left][dice() % 4] ?? ''
}

function comparison(dice: () => number): string {
  const by = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'][dice() % 6] ?? ''
  const row = dice() % table.size
  const at = (name: string) => String(table.columns.find((column) => column.name === name)?.at(row) ?? 'Running')
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  return (
    [
      `PartitionKey ${by} ${quoted(table.partitionKey(row))}`,
      `PartitionKey ${by} ${quoted(table.partitionKey(row).slice(0, dice() % 20))}`,
      `RowKey ${by} ''`,
      `RuntimeStatus ${by} ${quoted(at('RuntimeStatus'))}`,
      `Name ${by} ${quoted(at('Name'))}`,
      `Version ${by} ''`,
      `TaskHubName ${by} 'CheckHub'`,
      `CreatedTime ${by} datetime'${at('CreatedTime')}'`,
      `CompletedTime ${by} datetime'${new Date(at('CreatedTime')).toISOString()}'`,
      `Generation ${by} 0`,
      `NoSuchColumn ${by} 'x'`,
    ][dice() % 11] ?? ''
  )
}

describe('the server of the bench, beside Azurite', function () {
  this.timeout(120_000)

  let azurite: Azurite
  let server: BenchServer

  before(async () => {
    azurite = await startAzurite()
    await fill(azurite, table)
    await fill(azurite, shortHistory)
    const content = { hub: 'CheckHub', tables: [table, shortHistory], queues: hubQueues('CheckHub') }
    server = await startServer(content, { delayMs: 0, paging: { scanned: 40, emptyOneIn: 5, seed } })
  })
  after(async () => {
    await server.stop()
    await azurite.stop()
  })

  for (const metadata of ['no', 'minimal', 'full']) {
    it(`gives the same rows in the same order with ${metadata} metadata`, async () => {
      assert.equal(await sameRows(server, azurite, {}, { metadata }), table.size)
    })
  }

  it('gives the same rows of History', async () => {
    const path = `${shortHistory.name}()`
    assert.equal(await sameRows(server, azurite, {}, { path }), shortHistory.size)
    const key = (keys[4] ?? '').replaceAll("'", "''")
    const events = "RowKey eq 'sentinel' or EventType eq 'ExecutionCompleted' or EventType eq 'TaskScheduled'"
    const $filter = `PartitionKey eq '${key}' and (${events})`
    assert.equal(await sameRows(server, azurite, { $filter }, { path }), 3)
  })

  it('gives the rows that have not ended, those without a status among them', async () => {
    assert.ok((await sameRows(server, azurite, { $filter: unfinished })) > 60)
  })

  it('gives the columns that are asked for, and leaves out what a row lacks', async () => {
    await sameRows(server, azurite, { $filter: unfinished, $select: 'PartitionKey,RuntimeStatus,CompletedTime,Nope' })
  })

  it('gives one row for both keys, and for a point that is not there none', async () => {
    assert.equal(await sameRows(server, azurite, { $filter: "PartitionKey eq 'o''neil' and RowKey eq ''" }), 1)
    assert.equal(await sameRows(server, azurite, { $filter: "PartitionKey eq 'o''neil' and RowKey eq 'x'" }), 0)
    assert.equal(await sameRows(server, azurite, { $filter: "PartitionKey eq 'nobody'" }), 0)
  })

  it('keeps entities apart by the range that the library uses', async () => {
    assert.equal(await sameRows(server, azurite, { $filter: "PartitionKey ge '@' and PartitionKey lt 'A'" }), 2)
    const $filter = "(PartitionKey lt '@' or PartitionKey ge 'A')"
    assert.equal(await sameRows(server, azurite, { $filter }), table.size - 2)
  })

  it('gives the same rows for 150 filters made by chance', async () => {
    let thrown = 0
    const dice = () => hash(seed, thrown++, 99)
    let found = 0
    for (let at = 0; at < 150; at++) {
      const $filter = filterBy(dice, at % 4)
      const choice = at % 3 === 0 ? { $select: 'PartitionKey,RuntimeStatus' } : {}
      const top = at % 5 === 0 ? { $top: String(1 + (dice() % 30)) } : {}
      if ((await sameRows(server, azurite, { $filter, ...choice, ...top })) % table.size > 0) found += 1
    }
    // Filters that all find nothing or everything would compare nothing.
    assert.ok(found > 50, `only ${found} filters took some rows and left others`)
  })

  it('gives one entity by its keys, and says so where there is none', async () => {
    for (const key of ["o''neil", 'Zürich-1', 'nobody']) {
      const path = `${table.name}(PartitionKey='${encodeURIComponent(key)}',RowKey='')`
      const [ours, theirs] = await Promise.all(
        [server, azurite].map((place) => get(place, path, new URLSearchParams())),
      )
      assert.ok(ours && theirs)
      assert.equal(ours.status, theirs.status)
      assert.equal(ours.headers.get('x-ms-error-code'), theirs.headers.get('x-ms-error-code'))
      const [mine, other] = (await Promise.all([ours.json(), theirs.json()])) as [Row, Row]
      assert.equal(mine['ExecutionId'], other['ExecutionId'])
      assert.equal(mine['RuntimeStatus'], other['RuntimeStatus'])
    }
  })

  it('lists the same tables', async () => {
    const names = async (place: Place) => (await rowsOf(place, 'Tables', {})).map(({ TableName }) => TableName)
    assert.deepEqual(await names(server), await names(azurite))
  })

  for (const [what, path, query] of [
    ['a table that is not there', 'NoTable()', {}],
    ['a filter that is none', `${table.name}()`, { $filter: 'PartitionKey eq (' }],
    ['a filter that ends too early', `${table.name}()`, { $filter: "PartitionKey eq 'a' and" }],
  ] as const) {
    it(`refuses ${what} with the same code`, async () => {
      const [ours, theirs] = await Promise.all(
        [server, azurite].map((place) => get(place, path, new URLSearchParams(query))),
      )
      assert.ok(ours && theirs)
      assert.equal(ours.status, theirs.status)
      assert.equal(ours.headers.get('x-ms-error-code'), theirs.headers.get('x-ms-error-code'))
    })
  }
})
