// Requests that nobody thought of. Every reply is held against openapi.yaml.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseCleanup, parseStaging, parseSwap } from '../../state-service/http/bodies.ts'
import { readTarget } from '../../state-service/http/target.ts'
import { Api, keys } from './support/api.ts'
import { isValid } from './support/openapi.ts'

const seed = 20261121
const by = { run: '1', project: 'Shop', link: 'https://dev.azure.com/shop' }
const taskHub = { account: 'stshop', name: 'Shop41' }
const right = {
  staging: { taskHub, previous: { name: 'Shop40' }, build: '41', by },
  swap: { id: '1', sourceSlot: 'a', targetSlot: 'b', taskHub, rolledBack: false, by },
  cleanup: { taskHub, by },
}

describe('Random requests to the state service', function () {
  this.timeout(60_000)
  let api: Api

  before(async () => {
    api = await Api.start()
  })
  after(() => api.close())

  const piece = fc.oneof(
    fc.constantFrom(
      'api',
      'v1',
      'apps',
      'shop',
      'slots',
      'staging',
      'status',
      'swaps',
      'cleanups',
      'history',
      'health',
    ),
    fc.constantFrom(
      'events',
      'announcement',
      '',
      '.',
      '..',
      '%2e',
      '%2F',
      '%00',
      '%25',
      '%',
      '*',
      '~',
      '__proto__',
      '(',
      '@',
    ),
    fc.string({ maxLength: 8 }).map(encodeURIComponent),
    fc.string({ unit: 'binary', maxLength: 4 }).map((text) => encodeURIComponent(text.toWellFormed())),
  )
  const route = fc.constantFrom(
    '/api/v1/apps/shop/slots/staging/status',
    '/api/v1/apps/shop/slots/staging/announcement',
    '/api/v1/apps/shop/swaps',
    '/api/v1/apps/shop/cleanups',
    '/api/v1/apps/shop/history',
    '/api/v1/health',
    '/api/v1/events',
  )
  const path = fc.oneof(
    route,
    fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('/')}`),
  )
  const parameter = fc.tuple(
    fc.oneof(
      fc.constantFrom(
        'maxProofAgeInSeconds',
        'entityPolicy',
        'acceptInvisibleMessages',
        'ignore',
        'top',
        'after',
        'code',
        '',
      ),
      fc.string({ maxLength: 5 }).map(encodeURIComponent),
    ),
    fc.oneof(
      fc.constantFrom('0', '1', '86400', 'true', 'block', 'name:*', 'id:', '-1', '%', '%ff', '='),
      fc.string({ maxLength: 10 }).map(encodeURIComponent),
    ),
  )
  const query = fc.array(parameter, { maxLength: 5 }).map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))
  const body = fc.oneof(
    fc.constantFrom<unknown>(undefined, right.staging, right.swap, right.cleanup, [{ id: '1', eventType: 'x' }]),
    fc.json({ maxDepth: 6 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  )
  const headers = fc.record(
    {
      'x-functions-key': fc.constantFrom(keys.all, keys.read, keys.wrong, ''),
      authorization: fc.constantFrom('Bearer a.b.c', 'Basic x', ''),
      'content-type': fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-8', ''),
      'content-encoding': fc.constantFrom('gzip', ''),
      'x-http-method-override': fc.constantFrom('GET', 'PUT'),
    },
    { requiredKeys: [] },
  )

  const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD')
  const random = fc.record({ method, path, query, body, headers })
  /** A right request, and at most one thing of a random one. */
  const almostRight = fc
    .record({
      call: fc.constantFrom(
        { method: 'GET', path: '/api/v1/apps/shop/slots/staging/status', query: 'ignore=name:*', body: undefined },
        { method: 'GET', path: '/api/v1/apps/shop/history', query: 'top=1', body: undefined },
        { method: 'GET', path: '/api/v1/health', query: '', body: undefined },
        { method: 'PUT', path: '/api/v1/apps/shop/slots/staging/announcement', query: '', body: right.staging },
        { method: 'POST', path: '/api/v1/apps/shop/swaps', query: '', body: right.swap },
        { method: 'POST', path: '/api/v1/apps/shop/cleanups', query: '', body: right.cleanup },
        { method: 'POST', path: '/api/v1/events', query: '', body: [{ id: '1', eventType: 'x' }] },
      ),
      other: random,
      taken: fc.option(fc.constantFrom('method', 'path', 'query', 'body', 'headers')),
    })
    .map(({ call, other, taken }) => ({ ...call, headers: {}, ...(taken !== null && { [taken]: other[taken] }) }))

  it('never get a reply that openapi.yaml does not list, nor one of a failure', async () => {
    const counts = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(fc.oneof(random, almostRight), async ({ query: asked, headers: sent, ...call }) => {
        const reply = await api.call({ ...call, path: `${call.path}?${asked}`, headers: sent, bad: true })
        counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1)
        assert.ok(reply.status < 500, `${reply.status}`)
      }),
      { seed, numRuns: 3_000 },
    )

    // Else most of it would have been turned away at the door.
    for (const status of [200, 400, 401, 403, 404, 405, 415]) {
      assert.ok((counts.get(status) ?? 0) > 10, `${status}: ${counts.get(status) ?? 0}`)
    }
    assert.deepEqual(api.log.warnings, [])
  })

  it('are never answered with a failure where their bytes are random', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
      fc
        .tuple(path, fc.string({ maxLength: 100 }))
        .map(([to, rest]) => Buffer.from(`GET ${to} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${rest}\r\n\r\n`)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (some) => {
        // A second request that is garbage, so that the connection ends.
        const reply = await api.raw(Buffer.concat([some, Buffer.from('\r\n\r\n\u0000\r\n\r\n')]))
        assert.match(reply, /^(?:$|HTTP\/1\.1 4\d\d )/)
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe('The parsers of the state service and openapi.yaml', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      '',
      'Shop41',
      'stshop',
      '41',
      'https://dev.azure.com/x',
      'http://x',
      null,
      true,
      1,
      [],
      {},
    ),
    fc.string({ maxLength: 10 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('x'.repeat(200), 'x'.repeat(201), ' x', 'x ', 'a\nb', 'ﬁ', '\u202e'),
  )
  /** A right body with some of its fields changed, left out or added. */
  const changed = (from: Readonly<Record<string, unknown>>) =>
    fc
      .array(fc.tuple(fc.constantFrom(...pathsOf(from), 'more', 'by.more', 'taskHub.more'), fc.option(value)), {
        maxLength: 2,
      })
      .map((changes) => {
        const copy = structuredClone(from) as Record<string, unknown>
        for (const [path, to] of changes) change(copy, path.split('.'), to)
        return copy
      })

  for (const [name, from, schema, parse] of [
    ['an announcement', right.staging, 'StagingAnnouncement', parseStaging],
    ['a swap', right.swap, 'SwapAnnouncement', parseSwap],
    ['a clean-up', right.cleanup, 'CleanupAnnouncement', parseCleanup],
  ] as const) {
    it(`take the same for ${name}`, () => {
      let taken = 0
      fc.assert(
        fc.property(changed(from), (body) => {
          const isTaken = 'value' in parse(body)
          if (isTaken) taken += 1
          // What the file cannot say: that two slots differ, and what an address may hold.
          if (isTaken) assert.ok(isValid(schema, body), JSON.stringify(body))
          else if (isValid(schema, body))
            assert.match(JSON.stringify(parse(body)), /'(by\.link|by\.project|by\.id|sourceSlot)'/)
        }),
        { seed, numRuns: 3_000 },
      )
      assert.ok(taken > 100, `${taken}`)
    })
  }

  it('read an address in one way only', () => {
    fc.assert(
      fc.property(fc.webPath({ size: 'medium' }), fc.string({ maxLength: 20 }), (path, tail) => {
        const read = readTarget(`${path}${tail}`)
        if ('code' in read) return
        // As a proxy or a browser would read it.
        const [, ...parts] = new URL(`https://localhost${path}${tail}`).pathname.split('/')
        assert.deepEqual(
          read.segments.map(({ text }) => text),
          parts.map(decodeURIComponent),
        )
      }),
      { seed, numRuns: 3_000 },
    )
  })
})

function pathsOf(value: Readonly<Record<string, unknown>>, before = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = before === '' ? name : `${before}.${name}`
    const isObject = typeof inner === 'object' && inner !== null
    return isObject ? [path, ...pathsOf(inner as Record<string, unknown>, path)] : [path]
  })
}

function change(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], to: unknown): void {
  const inner = target[name]
  if (rest.length > 0) {
    if (typeof inner === 'object' && inner !== null) change(inner as Record<string, unknown>, rest, to)
  } else if (to === null) Reflect.deleteProperty(target, name)
  else target[name] = to
}
