import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  begunNames,
  countEnded,
  countRunning,
  hasEnough,
  judgeFailures,
  noData,
  type FailureLimit,
} from '../../../core/swap/failure-share.ts'
import type { SeenInstance } from '../../../core/task-hub/ports.ts'

const at = new Date('2026-11-21T10:00:00Z')
const limit: FailureLimit = { instances: 10, increase: 20 }
const minute = 60_000

type Twist = { readonly name?: string; readonly ageMs?: number; readonly tookMs?: number }

/** Instances that began ten minutes ago and took a second. */
function instances(count: number, status: string, twist: Twist = {}): SeenInstance[] {
  const { name = 'Order', ageMs = 10 * minute, tookMs = 1000 } = twist
  const beganAt = new Date(at.getTime() - ageMs)
  const hasEnded = status === 'Completed' || status === 'Failed' || status === 'Terminated'
  const endedAt = hasEnded ? { endedAt: new Date(beganAt.getTime() + tookMs) } : {}
  return Array.from({ length: count }, () => ({ name, status, beganAt, ...endedAt }))
}

/** `failed` of `count`. */
function mix(count: number, failed: number, twist: Twist = {}): SeenInstance[] {
  return [...instances(count - failed, 'Completed', twist), ...instances(failed, 'Failed', twist)]
}

type Judged = Partial<FailureLimit> & { readonly look?: number; readonly readBefore?: Date }

const judge = (now: readonly SeenInstance[], before: readonly SeenInstance[], twist: Judged = {}) => {
  const { look = 1, readBefore = at, ...limits } = twist
  return judgeFailures(
    {
      now: { taskHub: 'shop99', instances: now, at },
      before: { taskHub: 'shop100', instances: before, at: readBefore },
      look,
    },
    { ...limit, ...limits },
  )
}
const yesterday = { ageMs: 24 * 60 * minute }

describe('the failure share after a swap', () => {
  it('is unhealthy when many more fail than before, and says so in figures', () => {
    const share = judge(mix(20, 8), mix(100, 2, yesterday))

    assert.equal(share.verdict, 'unhealthy')
    assert.equal(
      share.because,
      "8 of 20 instances that began on task hub 'shop99' after the swap failed (40 %), where 2 % were to be expected by the last ones of " +
        "the same names on 'shop100', more than 20 percentage points above it: Order 8 of 20, before 2 of 100",
    )
    assert.deepEqual(share.judged, { begun: 20, ended: 20, failed: 8, percent: 40, expectedPercent: 2 })
  })

  it('is healthy when no more fail than before', () => {
    const share = judge(mix(20, 1), mix(100, 5, yesterday))

    assert.equal(share.verdict, 'healthy')
    assert.match(share.because, /^1 of 20 .* failed \(5 %\), where 5 % were to be expected by .* on 'shop100'$/)
  })

  it('is healthy up to the increase that is allowed, whatever fractions it comes from', () => {
    for (let failed = 0; failed <= 8; failed++) {
      assert.equal(judge(mix(10, failed + 2), mix(10, failed, yesterday)).verdict, 'healthy', `${failed}`)
    }
    assert.equal(judge(mix(100, 31), mix(100, 10, yesterday)).verdict, 'unhealthy')
  })

  it('is never unhealthy where 100 percentage points are allowed', () => {
    assert.equal(judge(mix(20, 20), mix(100, 0, yesterday), { increase: 100 }).verdict, 'healthy')
    assert.equal(judge(mix(20, 20), mix(100, 0, yesterday), { increase: 99 }).verdict, 'unhealthy')
  })

  it('has no data while too few have ended', () => {
    const share = judge([...mix(9, 9), ...instances(50, 'Running')], mix(100, 0, yesterday))

    assert.equal(share.verdict, 'noData')
    assert.equal(
      share.because,
      "of the instances that began on task hub 'shop99' after the swap 9 completed or failed so far, and 10 are needed",
    )
    assert.equal(share.judged, undefined)
  })

  it('leaves out what was ended from outside', () => {
    const share = judge([...mix(9, 0), ...instances(30, 'Terminated'), ...instances(5, 'Canceled')], mix(100, 0))

    assert.equal(share.verdict, 'noData')
  })

  it('tells a name that only the new version has, and does not judge it', () => {
    const share = judge([...mix(10, 0), ...mix(12, 12, { name: 'Brand' })], mix(100, 0, yesterday))

    assert.equal(share.verdict, 'healthy')
    assert.deepEqual(
      share.names.map(({ name, ended, failed, expectedPercent }) => ({ name, ended, failed, expectedPercent })),
      [
        { name: 'Brand', ended: 12, failed: 12, expectedPercent: undefined },
        { name: 'Order', ended: 10, failed: 0, expectedPercent: 0 },
      ],
    )
  })

  it('has no data where all names are new', () => {
    const share = judge(mix(30, 30, { name: 'Brand' }), mix(100, 0, yesterday))

    assert.equal(share.verdict, 'noData')
    assert.match(
      share.because,
      /^of 30 instances that began .* and completed or failed, 0 have names of which enough began on 'shop100' before, and 10/,
    )
  })

  it('takes a name with four before for a new one, and with five not', () => {
    assert.equal(judge(mix(10, 10), mix(4, 0, yesterday)).verdict, 'noData')
    assert.equal(judge(mix(10, 10), mix(5, 0, yesterday)).verdict, 'unhealthy')
  })

  it('is content with fewer before where fewer are needed now', () => {
    assert.equal(judge(mix(1, 0), mix(1, 0, yesterday), { instances: 1 }).verdict, 'healthy')
  })

  it('takes another mix of work for no failure', () => {
    const before = [...mix(900, 0, { ...yesterday }), ...mix(100, 50, { ...yesterday, name: 'Risky' })]

    const share = judge([...mix(2, 0), ...mix(20, 10, { name: 'Risky' })], before)

    assert.equal(share.verdict, 'healthy', share.because)
    assert.deepEqual(share.judged, { begun: 22, ended: 22, failed: 10, percent: 45.5, expectedPercent: 45.5 })
  })

  it('does not take a version for a failing one because only what fails at once has ended', () => {
    const before = [
      ...instances(190, 'Completed', { ...yesterday, tookMs: 20_000 }),
      ...instances(10, 'Failed', { ...yesterday, tookMs: 1000 }),
    ]
    const now = [...instances(10, 'Failed', { ageMs: minute }), ...instances(190, 'Running', { ageMs: minute })]

    const share = judge(now, before)

    assert.equal(share.verdict, 'healthy', share.because)
    assert.deepEqual(share.judged, { begun: 200, ended: 10, failed: 10, percent: 5, expectedPercent: 5 })
  })

  it('counts a name of which nothing has ended yet, so that it is not chosen for its failures', () => {
    const names = Array.from({ length: 100 }, (_, index) => `N${index}`)
    const before = names.flatMap((name) => mix(20, 1, { ...yesterday, name }))
    const now = names.flatMap((name, index) => instances(1, index < 10 ? 'Failed' : 'Running', { name, ageMs: minute }))

    assert.deepEqual(judge(now, before).judged, { begun: 100, ended: 10, failed: 10, percent: 10, expectedPercent: 5 })
  })

  it('finds a version that fails at once where the old one took an hour', () => {
    const before = instances(50, 'Running', { ageMs: 30 * minute })

    assert.equal(judge(instances(10, 'Failed', { ageMs: minute }), before).verdict, 'unhealthy')
  })

  it('leaves out what has had less time on the old hub than anything on the new one', () => {
    const before = [...mix(10, 5, yesterday), ...mix(100, 0, { ageMs: 5 * minute })]

    assert.equal(judge(mix(10, 5), before).names[0]?.begunBefore, 10)
    assert.equal(judge(mix(10, 5, { ageMs: 4 * minute }), before).names[0]?.begunBefore, 110)
    const readEarlier = new Date(at.getTime() - 2 * minute)
    assert.equal(
      judge(mix(10, 5, { ageMs: 4 * minute }), before, { readBefore: readEarlier }).names[0]?.begunBefore,
      10,
    )
  })

  it('leaves out what waits to begin, on either hub', () => {
    const share = judge(
      [...mix(10, 5), ...instances(90, 'Pending')],
      [...mix(10, 5, yesterday), ...instances(90, 'Pending', yesterday)],
    )

    assert.deepEqual(share.judged, { begun: 10, ended: 10, failed: 5, percent: 50, expectedPercent: 50 })
  })

  it('is healthy where more fail but that may be chance, and says so', () => {
    const share = judge(mix(10, 4), mix(10, 1, yesterday))

    assert.equal(share.verdict, 'healthy')
    assert.match(
      share.because,
      /^4 of 10 .* more than 20 percentage points above it, which may be chance \(p = 0\.15\)$/,
    )
  })

  it('asks for more the more often it has looked', () => {
    // p = 1 of 12,870
    const [now, before] = [mix(8, 8), mix(8, 0, yesterday)]

    assert.equal(judge(now, before, { instances: 8, look: 12 }).verdict, 'unhealthy')
    assert.equal(judge(now, before, { instances: 8, look: 13 }).verdict, 'healthy')
  })

  it('looks at the newest of before alone where there are many', () => {
    const before = [
      ...mix(200, 0, yesterday),
      ...instances(500, 'Failed', { ageMs: 48 * 60 * minute }),
      ...instances(20, 'Failed', { name: 'Other' }),
    ]

    assert.equal(judge(mix(20, 0), before).judged?.expectedPercent, 0)
    assert.equal(judge(mix(20, 10), before).names[0]?.begunBefore, 200)
  })

  it('lets clocks differ', () => {
    const early = instances(10, 'Completed', { ageMs: -minute })

    assert.equal(judge(early, mix(10, 0, yesterday)).verdict, 'healthy')
  })

  it('takes rows without times for old enough', () => {
    const timeless = (count: number) => Array.from({ length: count }, () => ({ name: 'Order', status: 'Completed' }))

    assert.equal(judge(timeless(10), timeless(10)).verdict, 'healthy')
    assert.equal(judge(mix(10, 0), [...timeless(10), ...mix(200, 0, yesterday)]).names[0]?.begunBefore, 200)
  })

  it('names the three that failed most above what was to be expected, with harmless names', () => {
    const now = ['A', 'B', 'C', 'D', '##vso[x]'].flatMap((name, index) => mix(10, 5 + index, { name }))
    const before = ['A', 'B', 'C', 'D', '##vso[x]'].flatMap((name) => mix(10, 0, { ...yesterday, name }))
    const fine = [...mix(10, 0, { name: 'Fine' })]

    const { because } = judge([...now, ...fine], [...before, ...mix(10, 1, { ...yesterday, name: 'Fine' })])

    assert.match(
      because,
      /above it: # #vso\[x\] 9 of 10, before 0 of 10; D 8 of 10, before 0 of 10; C 7 of 10, before 0 of 10$/,
    )
  })

  it('names only those that failed above it', () => {
    const share = judge(
      [...mix(10, 8, { name: 'A' }), ...mix(10, 0, { name: 'B' })],
      [...mix(50, 0, { ...yesterday, name: 'A' }), ...mix(10, 1, { ...yesterday, name: 'B' })],
    )

    assert.match(share.because, /above it: A 8 of 10, before 0 of 50$/)
  })

  it('sorts names by how often they began, then by name', () => {
    const now = [...mix(3, 0, { name: 'B' }), ...mix(3, 0, { name: 'A' }), ...mix(4, 0, { name: 'C' })]

    assert.deepEqual(
      judge(now, []).names.map(({ name }) => name),
      ['C', 'A', 'B'],
    )
  })

  it('never finds the same behaviour unhealthy, and shares are between 0 and 100', () => {
    const seen = fc.array(
      fc.record({
        name: fc.constantFrom('A', 'B', 'C'),
        status: fc.constantFrom('Completed', 'Failed', 'Running', 'Terminated'),
        tookMs: fc.nat(5000),
      }),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(seen, (rows) => {
        const all = rows.flatMap(({ name, status, tookMs }) => instances(1, status, { name, tookMs }))
        const share = judge(all, all)
        assert.notEqual(share.verdict, 'unhealthy')
        for (const { expectedPercent = 0 } of share.names) assert.ok(expectedPercent >= 0 && expectedPercent <= 100)
        if (share.judged) assert.ok(Math.abs(share.judged.percent - share.judged.expectedPercent) < 0.11)
      }),
      { seed: 4 },
    )
  })
})

describe('how often the failure share is wrong', function () {
  this.timeout(30_000)

  /** Numbers from 0 to 1, the same in each run (mulberry32). */
  function numbers(seed: number): () => number {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
  }

  type Versions = { readonly before: number; readonly old: number; readonly now: number }

  /** Whether one of 40 looks finds the new version unhealthy; before the first ten ended, then five more before each. */
  function isFound(random: () => number, { before, old, now }: Versions): boolean {
    const some = (count: number, share: number, twist: Twist) =>
      Array.from({ length: count }, () => instances(1, random() < share ? 'Failed' : 'Completed', twist)).flat()
    const ofBefore = some(before, old, yesterday)
    const ofNow = some(10, now, {})
    for (let look = 1; look <= 40; look++) {
      if (judge(ofNow, ofBefore, { look }).verdict === 'unhealthy') return true
      ofNow.push(...some(5, now, {}))
    }
    return false
  }

  it('finds less than 2 in 1000 unhealthy of versions that fail as often as the old one', () => {
    const trials = 300
    let found = 0
    for (const before of [10, 50]) {
      for (const share of [0.1, 0.2, 0.3]) {
        const random = numbers(before + 1000 * share)
        for (let trial = 0; trial < trials; trial++) {
          if (isFound(random, { before, old: share, now: share })) found++
        }
      }
    }
    assert.ok(found / (6 * trials) < 0.002, `${found} of ${6 * trials}`)
  })

  it('finds a version that always fails after one that hardly did, at the first look', () => {
    assert.equal(judge(mix(10, 10), mix(50, 1, yesterday)).verdict, 'unhealthy')
    assert.equal(judge(mix(10, 10), mix(50, 1, yesterday), { look: 40 }).verdict, 'unhealthy')
    const random = numbers(7)
    for (let trial = 0; trial < 200; trial++) {
      for (const before of [10, 50]) assert.ok(isFound(random, { before, old: 0.02, now: 1 }))
    }
  })
})

describe('what is counted for the failure share', () => {
  const rows = [...mix(3, 1), ...instances(2, 'Running'), ...instances(1, ''), ...instances(4, 'Terminated')]

  it('is what completed or failed', () => {
    assert.equal(countEnded(rows), 3)
    assert.deepEqual(begunNames([...rows, ...instances(1, 'Pending', { name: 'Late' })]), ['Order'])
  })

  it('takes an instance without a status for one that runs', () => assert.equal(countRunning(rows), 3))

  it('is enough when enough of each name have begun', () => {
    assert.ok(hasEnough(rows, ['Order'], 6))
    assert.ok(!hasEnough(rows, ['Order'], 7))
    assert.ok(!hasEnough(rows, ['Order', 'Brand'], 1))
  })

  it('is nothing where nothing could be read', () => {
    assert.deepEqual(noData('no role'), { verdict: 'noData', because: 'no role', names: [] })
  })
})
