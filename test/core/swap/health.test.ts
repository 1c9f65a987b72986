import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { HostState, ProbeAnswer, SlotHosts } from '../../../core/function-app/ports.ts'
import { judgeHost, judgePath, waitUntilHealthy, warmUp } from '../../../core/swap/health.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'

const check = {
  path: '/api/health',
  statuses: [
    { from: 200, to: 299 },
    { from: 401, to: 401 },
  ],
}
const address = {
  app: { name: 'shop', resourceGroup: 'rg' },
  slot: 'production' as SlotName,
  hostName: 'shop.example.net',
}
const running: HostState = { kind: 'known', state: 'Running', errors: [] }

describe('the health of a slot', () => {
  const hosts: [string, HostState, RegExp | 'healthy'][] = [
    ['a host that runs', running, 'healthy'],
    ['a host that starts', { kind: 'known', state: 'Initialized', errors: [] }, /'Initialized', not 'Running'/],
    ['a host that runs with errors', { kind: 'known', state: 'Running', errors: ['no hub'] }, /reports: no hub/],
    ['a host that cannot be asked', { kind: 'unknown', because: '503' }, /not known: 503/],
  ]
  for (const [what, state, expected] of hosts) {
    it(`of ${what} is ${expected === 'healthy' ? 'good' : 'not good'}`, () => {
      const health = judgeHost(state)
      if (expected === 'healthy') assert.ok(health.healthy)
      else assert.match(health.healthy ? '' : health.because, expected)
    })
  }

  const answers: [string, ProbeAnswer, RegExp | 'healthy'][] = [
    ['a wanted status', { kind: 'status', status: 204 }, 'healthy'],
    ['a single wanted status', { kind: 'status', status: 401 }, 'healthy'],
    ['another status', { kind: 'status', status: 500 }, /'\/api\/health' answered 500, wanted 200-299,401/],
    ['no answer', { kind: 'noAnswer', because: 'refused' }, /gave no answer: refused/],
  ]
  for (const [what, answer, expected] of answers) {
    it(`with ${what} on its path is ${expected === 'healthy' ? 'good' : 'not good'}`, () => {
      const health = judgePath(answer, check)
      if (expected === 'healthy') assert.ok(health.healthy)
      else assert.match(health.healthy ? '' : health.because, expected)
    })
  }
})

describe('waiting for health', () => {
  const signal = new AbortController().signal

  function scene(states: HostState[], answers: ProbeAnswer[] = [{ kind: 'status', status: 200 }]) {
    const asked = { state: 0, probe: 0 }
    const hosts: SlotHosts = {
      state: async () => await Promise.resolve(states[Math.min(asked.state++, states.length - 1)] ?? running),
      probe: async () => await Promise.resolve(answers[Math.min(asked.probe++, answers.length - 1)] ?? assert.fail()),
    }
    const clock = new FakeClock()
    return { deps: { hosts, clock, log: new FakeLog() }, asked, clock }
  }

  it('ends at the first good answer', async () => {
    const { deps, clock } = scene([{ kind: 'unknown', because: '503' }, running])

    assert.ok((await waitUntilHealthy(deps, address, { timeoutMs: 60_000 }, signal)).healthy)
    assert.equal(clock.slept.length, 1)
  })

  it('asks the path only when the host is good', async () => {
    const { deps, asked } = scene([{ kind: 'unknown', because: '503' }, running])
    await waitUntilHealthy(deps, address, { check, timeoutMs: 60_000 }, signal)

    assert.deepEqual(asked, { state: 2, probe: 1 })
  })

  it('ends at its bound with the last reason', async () => {
    const { deps, clock } = scene([running], [{ kind: 'status', status: 500 }])
    const health = await waitUntilHealthy(deps, address, { check, timeoutMs: 10_000 }, signal)

    assert.ok(!health.healthy && /answered 500/.test(health.because))
    assert.equal(
      clock.slept.reduce((sum, ms) => sum + ms, 0),
      10_000,
    )
  })

  it('asks once when there is no time', async () => {
    const { deps, asked } = scene([{ kind: 'unknown', because: '503' }])
    await waitUntilHealthy(deps, address, { timeoutMs: 0 }, signal)

    assert.equal(asked.state, 1)
  })

  it('warms up by the path alone', async () => {
    const { deps, asked } = scene(
      [],
      [
        { kind: 'noAnswer', because: 'cold' },
        { kind: 'status', status: 200 },
      ],
    )

    assert.ok((await warmUp(deps, address, { check, timeoutMs: 60_000 }, signal)).healthy)
    assert.deepEqual(asked, { state: 0, probe: 2 })
  })
})
