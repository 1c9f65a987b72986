import assert from 'node:assert/strict'
import { setTimeout as passes } from 'node:timers/promises'
import { TableClient, type TransactionAction } from '@azure/data-tables'
import { systemClock } from '../../../../../core/azure/clock.ts'
import { scanTable, type ScanQuery } from '../../../../../core/azure/storage/scan/scan-table.ts'
import { openStore } from '../../../../../core/azure/storage/store.ts'
import { AzureFailure, Cancelled } from '../../../../../core/failures.ts'
import { referenceFromConnectionString } from '../../../../../core/function-app/storage-reference.ts'
import type { Clock } from '../../../../../core/ports.ts'
import { silentWatch, type ScanWatch } from '../../../../../core/task-hub/idle-proof/scan-watch.ts'
import { startAzurite } from '../../../../support/azurite.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'
import { keyShapes, seeded } from '../../../../support/key-shapes.ts'
import { startTableService, type StoredRow, type TableService } from '../../../../support/table-service.ts'

const never = new AbortController().signal
const query = {
  table: 'OrdersInstances',
  filter: "not (State eq 'done')",
  select: ['PartitionKey', 'State'],
  wanted: (columns) => columns['State'] !== 'done',
  watch: silentWatch,
} as const satisfies ScanQuery

function open(connectionString: string, clock: Clock = systemClock) {
  const reference = referenceFromConnectionString(connectionString)
  assert.ok(reference.kind === 'connectionString')
  const transport = { userAgent: 'test', proxyFor: () => undefined }
  return openStore(reference, { transport, clock, onSecret: () => undefined })
}

function rowsOf(keys: readonly string[], isBusy: (index: number) => boolean): StoredRow[] {
  return keys.map((key, index) => ({ key, rowKey: '', busy: isBusy(index) }))
}

/** What was on its way when a scan ended may still arrive; soon after that nothing comes. */
async function assertQuiet(requests: readonly unknown[], held: { readonly now: number }): Promise<void> {
  let asked = -1
  for (let looks = 0; looks < 20 && (asked !== requests.length || held.now > 0); looks++) {
    asked = requests.length
    await passes(50)
  }
  assert.deepEqual([requests.length, held.now], [asked, 0])
}

const sorted = (keys: readonly string[]) => [...keys].sort((one, other) => (one < other ? -1 : 1))
const busyKeys = (rows: readonly StoredRow[]) => sorted(rows.filter(({ busy }) => busy).map(({ key }) => key))

describe('a scan of a table', () => {
  let service: TableService | undefined
  afterEach(async () => {
    await service?.stop()
    service = undefined
  })

  const serve = async (rows: readonly StoredRow[], options = {}) => (service = await startTableService(rows, options))
  const scan = async (watch: ScanWatch = silentWatch, clock: Clock = systemClock) => {
    const found: string[] = []
    const store = open(service?.connectionString ?? '', clock)
    for await (const batch of scanTable(store, { ...query, watch }, never)) {
      for (const row of batch) found.push(String(row['PartitionKey']))
    }
    return sorted(found)
  }

  it('asks once where there are fewer rows than a page holds', async () => {
    const rows = rowsOf(keyShapes['random ids'](900, seeded(1)), (index) => index % 7 === 0)
    const { requests } = await serve(rows)
    assert.deepEqual(await scan(), busyKeys(rows))
    assert.equal(requests.length, 1)
  })

  it('asks once where there are no rows', async () => {
    const { requests } = await serve([])
    assert.deepEqual(await scan(), [])
    assert.equal(requests.length, 1)
  })

  for (const [shape, keysOf] of Object.entries(keyShapes)) {
    for (const seed of [1, 2]) {
      it(`finds each row once, with few more requests than pages: ${shape}, seed ${seed}`, async () => {
        const random = seeded(seed)
        const rows = rowsOf(keysOf(60_000, random), () => random() < 0.003)
        const { requests } = await serve(rows)
        assert.deepEqual(await scan(), busyKeys(rows))
        const probes = requests.filter(({ top }) => top === 1).length
        assert.ok(probes <= 100, `${probes} probes`)
        assert.ok(requests.length - probes <= 60 * 2, `${requests.length - probes} pages`)
      })
    }
  }

  it('finds each row once where all are wanted, and pages without rows come with tokens', async () => {
    const rows = rowsOf(keyShapes['nine of ten ids in one crowd'](30_000, seeded(3)), () => true)
    await serve(rows, { emptyEvery: 3 })
    assert.deepEqual(await scan(), busyKeys(rows))
  })

  it('finds each row once where one key has thousands of rows', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      key: 'm',
      rowKey: `${10_000 + index}`,
      busy: index % 9 === 0,
    }))
    const rows = [...many, ...rowsOf(keyShapes['random ids'](8000, seeded(4)), (index) => index % 9 === 0)]
    await serve(rows)
    assert.deepEqual(await scan(), busyKeys(rows))
  })

  it('comes to an end where keys grow out of each other and none is wanted', async () => {
    const keys = Array.from({ length: 12_000 }, (_, index) => 'a'.repeat(index % 300) + index.toString(36))
    const { requests, intercept } = await serve(rowsOf(keys, () => false))
    intercept((_, response) => {
      if (requests.length < 2000) return false
      response.writeHead(403, { 'x-ms-error-code': 'ItGoesRoundInCircles' }).end()
      return true
    })
    assert.deepEqual(await scan(), [])
  })

  it('reads many ranges at a time, never more than thirty-two', async () => {
    const { open: requests } = await serve(
      rowsOf(keyShapes['random ids'](80_000, seeded(5)), () => false),
      { delayMs: 5 },
    )
    assert.deepEqual(await scan(), [])
    assert.ok(requests.most > 16 && requests.most <= 32, `${requests.most} at a time`)
  })

  it('says beforehand how many rows there are, and how far it is', async () => {
    await serve(rowsOf(keyShapes['random ids'](100_000, seeded(6)), () => false))
    const estimates: number[] = []
    const shares: number[] = []
    await scan({
      ...silentWatch,
      estimated: ({ rows, requests, seconds }) => {
        estimates.push(rows)
        assert.ok(requests >= 90 && seconds > 0)
      },
      progress: ({ share }) => shares.push(share),
    })
    const [rows = 0] = estimates
    assert.equal(estimates.length, 1)
    assert.ok(rows > 70_000 && rows < 150_000, `${rows} rows`)
    assert.deepEqual(shares, sorted(shares.map(String)).map(Number))
    assert.equal(shares.at(-1), 1)
  })

  it('says nothing beforehand where it is short', async () => {
    await serve(rowsOf(keyShapes['random ids'](9000, seeded(6)), () => false))
    await scan({ ...silentWatch, estimated: () => assert.fail('it is short') })
  })

  for (const status of [429, 503]) {
    it(`asks less of a service that answers ${status}, pauses as long as it wants, and misses nothing`, async () => {
      const rows = rowsOf(keyShapes['random ids'](60_000, seeded(7)), (index) => index % 100 === 0)
      const { intercept, requests } = await serve(rows)
      intercept((_, response) => {
        if (requests.length < 20 || requests.length > 40) return false
        response.writeHead(status, {
          'retry-after': '7',
          'x-ms-error-code': status === 503 ? 'ServerBusy' : 'TooManyRequests',
        })
        response.end()
        return true
      })
      const clock = new FakeClock()
      const widths: number[] = []
      assert.deepEqual(await scan({ ...silentWatch, slowedDown: (most) => widths.push(most) }, clock), busyKeys(rows))
      assert.ok(clock.slept.length > 0 && clock.slept.every((ms) => ms <= 7000) && clock.slept.includes(7000))
      assert.equal(widths[0], 16)
    })
  }

  it('gives up on a service that throttles without end', async () => {
    const { intercept } = await serve(rowsOf(keyShapes['random ids'](5000, seeded(7)), () => true))
    intercept((_, response) => {
      response.writeHead(503, { 'retry-after': '20', 'x-ms-error-code': 'ServerBusy' }).end()
      return true
    })
    await assert.rejects(
      scan(silentWatch, new FakeClock()),
      (error) => error instanceof AzureFailure && error.kind === 'throttled',
    )
  })

  const failsAs = (kind: string) => (error: unknown) => error instanceof AzureFailure && error.kind === kind

  it('fails as a whole when one range fails, and asks nothing more', async () => {
    const rows = rowsOf(keyShapes['random ids'](60_000, seeded(8)), (index) => index % 10 === 0)
    const { intercept, requests, open: held } = await serve(rows)
    intercept((_, response) => {
      if (requests.length < 30) return false
      response.writeHead(403, { 'x-ms-error-code': 'AuthorizationPermissionMismatch' }).end()
      return true
    })
    await assert.rejects(scan(), failsAs('denied'))
    await assertQuiet(requests, held)
    assert.ok(requests.length <= 30 + 32 + 32, `${requests.length} requests`)
  })

  it('knows a table that is not there', async () => {
    const { intercept } = await serve([])
    intercept((_, response) => {
      response.writeHead(404, { 'x-ms-error-code': 'TableNotFound' }).end()
      return true
    })
    await assert.rejects(scan(), failsAs('notFound'))
  })

  const answers = {
    'a token that comes again': [{ PartitionKey: 'a', RowKey: '', State: 'done' }],
    'rows that are out of order': [
      { PartitionKey: 'b', RowKey: '' },
      { PartitionKey: 'a', RowKey: '' },
    ],
    'a row twice': [
      { PartitionKey: 'a', RowKey: '' },
      { PartitionKey: 'a', RowKey: '' },
    ],
    'a row without a key': [{ RowKey: '' }],
  }
  for (const [what, value] of Object.entries(answers)) {
    it(`cannot read ${what}`, async () => {
      const { intercept } = await serve([])
      intercept((request, response) => {
        const token = { 'x-ms-continuation-nextpartitionkey': 'again', 'x-ms-continuation-nextrowkey': 'again' }
        response.writeHead(200, { 'content-type': 'application/json', ...token })
        response.end(JSON.stringify({ value: request.token === undefined && request.filter !== '' ? [] : value }))
        return true
      })
      await assert.rejects(scan(), failsAs('unreadable'))
    })
  }

  it('cannot read a row of another range', async () => {
    const rows = rowsOf(keyShapes['random ids'](20_000, seeded(9)), () => false)
    const { intercept } = await serve(rows)
    intercept(({ filter }, response) => {
      if (!filter.includes('not ')) return false
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ value: [{ PartitionKey: '!', RowKey: '', State: 'busy' }] }))
      return true
    })
    await assert.rejects(scan(), failsAs('unreadable'))
  })

  it('ends within one step of a cancel', async () => {
    const {
      requests,
      intercept,
      open: held,
    } = await serve(rowsOf(keyShapes['random ids'](60_000, seeded(10)), () => false))
    const cancel = new AbortController()
    intercept(() => {
      if (requests.length === 40) cancel.abort()
      return requests.length >= 40
    })
    const store = open(service?.connectionString ?? '')
    await assert.rejects(async () => {
      for await (const batch of scanTable(store, query, cancel.signal)) assert.equal(batch.length, -1)
    }, Cancelled)
    await assertQuiet(requests, held)
  })

  it('asks nothing when it is cancelled before', async () => {
    const { requests } = await serve([])
    await assert.rejects(scanTable(open(service?.connectionString ?? ''), query, AbortSignal.abort()).next(), Cancelled)
    assert.equal(requests.length, 0)
  })

  it('ends all requests when the one who asks has seen enough', async () => {
    const rows = rowsOf(keyShapes['random ids'](60_000, seeded(11)), () => true)
    const { requests, open: held } = await serve(rows, { delayMs: 2 })
    for await (const batch of scanTable(open(service?.connectionString ?? ''), query, never)) {
      assert.ok(batch.length > 0)
      if (requests.length > 20) break
    }
    assert.ok(requests.length < 150)
    await assertQuiet(requests, held)
  })

  it('holds few pages in memory for one who takes them slowly', async () => {
    const rows = rowsOf(keyShapes['random ids'](150_000, seeded(12)), () => true)
    const { requests } = await serve(rows)
    const batches = scanTable(open(service?.connectionString ?? ''), query, never)
    await batches.next()
    let before = -1
    while (before !== requests.length) {
      before = requests.length
      await passes(50)
    }
    await batches.return()
    assert.ok(requests.length <= 64 + 32 + 10, `${requests.length} requests`)
  })
})

describe('a scan of a table in the storage emulator', () => {
  it('finds each row once, quotes, unicode and missing columns included', async function () {
    this.timeout(60_000)
    const azurite = await startAzurite()
    try {
      const client = TableClient.fromConnectionString(azurite.connectionString, query.table, {
        allowInsecureConnection: true,
      })
      await client.createTable()
      const random = seeded(13)
      const odd = ["o'clock", '@counter@one', '漢字', '😀', 'ünder', ' blank']
      const keys = [...keyShapes['nine of ten ids in one crowd'](3500, random), ...odd]
      const rows = rowsOf(keys, (index) => index % 11 === 0 || index >= 3500)
      const insert = async (part: readonly StoredRow[]) => {
        for (const { key, busy } of part) {
          const state = busy ? {} : { State: 'done' }
          const actions: TransactionAction[] = [['create', { partitionKey: key, rowKey: '', Size: 1, ...state }]]
          await client.submitTransaction(actions)
        }
      }
      const lanes = 24
      await Promise.all(
        Array.from({ length: lanes }, (_, lane) => insert(rows.filter((_row, at) => at % lanes === lane))),
      )
      const found: string[] = []
      for await (const batch of scanTable(open(azurite.connectionString), query, never)) {
        for (const row of batch) found.push(String(row['PartitionKey']))
      }
      assert.deepEqual(sorted(found), busyKeys(rows))
    } finally {
      await azurite.stop()
    }
  })
})
