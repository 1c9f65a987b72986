import assert from 'node:assert/strict'
import { historyTable } from '../../../bench/idle-proof/server/history.ts'
import { instancesTable, makeInstances, setInFlight } from '../../../bench/idle-proof/server/instances.ts'
import { keyShapes, makeKeys } from '../../../bench/idle-proof/server/keys.ts'
import { hubQueues } from '../../../bench/idle-proof/server/queues.ts'
import { pick } from '../../../bench/idle-proof/server/random.ts'
import { startServer, type BenchServer, type Content } from '../../../bench/idle-proof/server/server.ts'

const rows = 5000
const instances = makeInstances('TestHub', makeKeys('uniform', rows, 3), 3)
const [busyRow] = pick(1, rows, 11)
setInFlight(instances, pick(1, rows, 11))
const running = "RuntimeStatus eq 'Running'"

type Page = { readonly status: number; readonly headers: Headers; readonly keys: readonly string[] }

describe('the server of the bench', () => {
  const content: Content = {
    hub: 'TestHub',
    tables: [historyTable(instances), instancesTable(instances)],
    queues: hubQueues('TestHub'),
  }
  let server: BenchServer
  let base: string

  before(async () => {
    server = await startServer(content, { delayMs: 0, paging: { scanned: 1000, emptyOneIn: 3, seed: 3 } })
    base = endpoint('Table')
  })
  after(() => server.stop())

  function endpoint(service: string): string {
    return new RegExp(`${service}Endpoint=([^;]+)`).exec(server.connectionString)?.[1] ?? ''
  }

  async function page(search: Record<string, string>, table = 'TestHubInstances'): Promise<Page> {
    const answer = await fetch(`${base}/${table}()?${new URLSearchParams(search).toString()}`)
    const body = (await answer.json()) as { value?: { PartitionKey: string }[] }
    return { status: answer.status, headers: answer.headers, keys: (body.value ?? []).map((row) => row.PartitionKey) }
  }

  function tokenOf({ headers }: Page): Record<string, string> {
    const partition = headers.get('x-ms-continuation-nextpartitionkey')
    const row = headers.get('x-ms-continuation-nextrowkey')
    return partition === null || row === null ? {} : { NextPartitionKey: partition, NextRowKey: row }
  }

  async function walk(search: Record<string, string>): Promise<Page[]> {
    const found = [await page(search)]
    for (let last = found[0]; last && tokenOf(last)['NextRowKey']; last = found.at(-1)) {
      assert.ok(found.length < 100)
      found.push(await page({ ...search, ...tokenOf(last) }))
    }
    return found
  }

  it('reads at most 1,000 rows for a page, so that a filter makes empty pages with a token', async () => {
    const pages = await walk({ $filter: running })
    assert.ok(pages.length >= rows / 1000)
    assert.deepEqual(
      pages.flatMap(({ keys }) => keys),
      [instances.keys[busyRow ?? -1]],
    )
  })

  it('gives each row once and in order, over pages of which some are empty for no reason', async () => {
    const pages = await walk({ $select: 'PartitionKey', $top: '70' })
    assert.deepEqual(
      pages.flatMap(({ keys }) => keys),
      instances.keys,
    )
    assert.ok(pages.some(({ keys }) => keys.length === 0))
    assert.ok(pages.every(({ keys }) => keys.length <= 70))
  })

  it('reads nothing outside of the bounds on the key', async () => {
    const [from, to] = [instances.keys[2000] ?? '', instances.keys[2010] ?? '']
    server.counters.rowsScanned = 0
    const pages = await walk({ $filter: `PartitionKey ge '${from}' and PartitionKey lt '${to}' and ${running}` })
    assert.equal(server.counters.rowsScanned, 10)
    assert.ok(pages.length <= 2)
  })

  it('refuses a token that was given for another filter, selection, size or table', async () => {
    const search = { $filter: "PartitionKey ge '1'", $select: 'PartitionKey', $top: '10' }
    const first = await page(search)
    const token = tokenOf(first)
    assert.equal((await page({ ...search, ...token })).status, 200)
    for (const other of [{ $filter: "PartitionKey ge '0'" }, { $select: 'Name' }, { $top: '11' }]) {
      assert.equal((await page({ ...search, ...token, ...other })).status, 400, JSON.stringify(other))
    }
    assert.equal((await page({ ...search, ...token }, 'TestHubHistory')).status, 400)
    const { NextPartitionKey = '' } = token
    assert.equal((await page({ ...search, NextPartitionKey })).status, 400)
    assert.equal((await page({ ...search, ...token, NextPartitionKey: '1!8!Y29va2Vk' })).status, 400)
  })

  it('tells nothing of the keys in its tokens', async () => {
    const token = tokenOf(await page({ $top: '10' }))
    const told = [...Object.values(token)].map((text) => Buffer.from(text.split('!')[2] ?? '', 'base64').toString())
    for (const key of instances.keys.slice(0, 20)) assert.ok(!told.join(' ').includes(key.slice(0, 6)))
  })

  it('refuses more than fifteen comparisons in a filter', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `Name eq '${at}'`).join(' or ')
    assert.equal((await page({ $filter: many(15) })).status, 200)
    assert.equal((await page({ $filter: many(16) })).status, 400)
  })

  for (const status of [503, 429] as const) {
    it(`answers ${status} with Retry-After beyond so many requests a second, and serves again afterwards`, async () => {
      server.throttle({ requestsPerSecond: 4, status, retryAfterSeconds: 1 })
      const answers = await Promise.all(Array.from({ length: 10 }, () => page({ $top: '1' })))
      server.throttle(undefined)
      const refused = answers.filter((answer) => answer.status === status)
      assert.equal(refused.length, 6)
      assert.ok(refused.every(({ headers }) => headers.get('retry-after') === '1'))
      assert.equal((await page({ $top: '1' })).status, 200)
    })
  }

  it('lists the queues of four partitions and the work items, all empty', async () => {
    const list = await (await fetch(`${endpoint('Queue')}?comp=list&prefix=testhub-`)).text()
    assert.equal([...list.matchAll(/<Name>/g)].length, 5)
    const count = await fetch(`${endpoint('Queue')}/testhub-control-02?comp=metadata`)
    assert.equal(count.headers.get('x-ms-approximate-messages-count'), '0')
    assert.equal((await fetch(`${endpoint('Queue')}/testhub-control-04?comp=metadata`)).status, 404)
  })

  it('counts what it was asked and what it sent', async () => {
    Object.assign(server.counters, { requests: 0, bytes: 0, tableRequests: 0, queueRequests: 0 })
    const answer = await fetch(`${base}/TestHubInstances()?$top=3`)
    const { length } = await answer.text()
    await fetch(`${endpoint('Queue')}/testhub-workitems?comp=metadata`)
    const { requests, bytes, tableRequests, queueRequests } = server.counters
    assert.deepEqual(
      { requests, bytes, tableRequests, queueRequests },
      { requests: 2, bytes: length, tableRequests: 1, queueRequests: 1 },
    )
  })
})

describe('the keys of the bench', () => {
  for (const shape of keyShapes) {
    it(`are ${shape}: all different, in order, and the same for the same seed`, () => {
      const keys = makeKeys(shape, 20_000, 5)
      assert.equal(new Set(keys).size, 20_000)
      assert.ok(keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key))
      assert.deepEqual(makeKeys(shape, 20_000, 5), keys)
      assert.notDeepEqual(makeKeys(shape, 20_000, 6), keys)
    })
  }

  it('are nine in ten under one prefix where they are skewed', () => {
    const share = (shape: 'serial' | 'children', prefix: string) =>
      makeKeys(shape, 10_000, 5).filter((key) => key.startsWith(prefix)).length / 10_000
    assert.equal(share('serial', 'order-2026-11-21-00000'), 0.9)
    assert.equal(share('children', 'nightly-import-2026-11-'), 0.9)
  })
})
