import assert from 'node:assert/strict'
import { addressKey, RateLimit } from '../../state-service/http/rate-limit.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { Api, keys, plenty } from './support/api.ts'

const never = new AbortController().signal

describe('The limits of the state service', () => {
  let api: Api

  const start = async (limits: Partial<typeof plenty>) => (api = await Api.start({ limits: { ...plenty, ...limits } }))
  afterEach(() => api.close())

  const ask = (key = keys.read, path = '/api/v1/health') =>
    api.call({ path, headers: { 'x-functions-key': key }, bad: true })
  const statuses = async (times: number, act: () => Promise<{ status: number }>) => {
    const all: number[] = []
    for (let at = 0; at < times; at++) all.push((await act()).status)
    return all
  }

  it('let a burst pass, then say when to come again', async () => {
    await start({ read: { perSecond: 0.5, burst: 3 } })

    assert.deepEqual(await statuses(4, ask), [200, 200, 200, 429])
    const reply = await ask()
    assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '2'])
  })

  it('let a caller go on as time passes', async () => {
    await start({ read: { perSecond: 2, burst: 2 } })
    assert.deepEqual(await statuses(3, ask), [200, 200, 429])

    await api.clock.sleep(500, never)
    assert.deepEqual(await statuses(2, ask), [200, 429])

    await api.clock.sleep(60_000, never)
    assert.deepEqual(await statuses(3, ask), [200, 200, 429])
  })

  it('are of each caller, and of what it does', async () => {
    await start({ read: { perSecond: 1, burst: 1 }, tell: { perSecond: 1, burst: 1 } })
    const tell = () => api.call({ method: 'POST', path: '/api/v1/apps/shop/swaps', body: {}, bad: true })

    assert.deepEqual(await statuses(2, ask), [200, 429])
    assert.deepEqual(await statuses(2, () => ask(keys.all)), [200, 429])
    assert.deepEqual(await statuses(2, tell), [400, 429])
  })

  it('count what is refused and what is not there', async () => {
    await start({ read: { perSecond: 1, burst: 2 } })

    assert.deepEqual(await statuses(3, () => ask(keys.tell)), [403, 403, 429])
    assert.deepEqual(await statuses(3, () => ask(keys.events, '/nothing')), [404, 404, 429])
  })

  it('count events, not deliveries, and let every single delivery pass', async () => {
    await start({ events: { perSecond: 10, burst: 10 } })
    const deliver = (count: number) => {
      const body = Array.from({ length: count }, (_, at) => ({ id: String(at), eventType: 'other' }))
      return api.call({ method: 'POST', path: '/api/v1/events', body })
    }

    assert.deepEqual(
      [(await deliver(5)).status, (await deliver(100)).status, (await deliver(1)).status],
      [200, 200, 429],
    )
    await api.clock.sleep(9_500, never)
    assert.equal((await deliver(1)).status, 429)
    await api.clock.sleep(1_000, never)
    assert.equal((await deliver(1)).status, 200)
  })

  it('hold for an address that has no good credential, and not for those there that have one', async () => {
    await start({ failed: { perSecond: 1, burst: 2 } })

    assert.deepEqual(await statuses(3, () => ask(keys.wrong)), [401, 401, 429])
    assert.deepEqual(await statuses(2, ask), [200, 200])
    assert.equal(api.log.lines.length, 2)
  })
})

describe('A token bucket', () => {
  it('keeps no more buckets than it may, and forgets the one that was not used for longest', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 }, new FakeClock(), 2)

    assert.deepEqual(
      ['a', 'b', 'a', 'c', 'a', 'b'].map((key) => limit.take(key) === 0),
      [true, true, false, true, false, true],
    )
  })

  it('is not filled by a clock that goes back', () => {
    let now = 10_000
    const limit = new RateLimit({ perSecond: 1, burst: 1 }, { now: () => new Date(now) })
    limit.take('a')
    now = 0

    assert.equal(limit.take('a'), 1000)
  })

  it('has one bucket for a network of IPv6 addresses, and one for each IPv4 address', () => {
    const same = ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff::', '2001:DB8:1:2:3:4:5:6'].map(addressKey)

    assert.deepEqual(new Set(same), new Set(['2001:db8:1:2']))
    assert.equal(addressKey('2001:db8::1'), '2001:db8:0:0')
    assert.equal(addressKey('::1'), '0:0:0:0')
    assert.equal(addressKey('::ffff:10.0.0.1'), '10.0.0.1')
    assert.equal(addressKey('10.0.0.2'), '10.0.0.2')
    assert.equal(addressKey(''), '')
  })
})
