import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  countEnded,
  countRunning,
  endedNames,
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

const judge = (now: readonly SeenInstance[], before: readonly SeenInstance[], twist: Partial<FailureLimit> = {}) =>
  judgeFailures(
    { now: { taskHub: 'shop99', instances: now }, before: { taskHub: 'shop100', instances: before }, at },
    { ...limit, ...twist },
  )
const yesterday = { ageMs: 24 * 60 * minute }

describe('the failure share after a swap', () => {
  it('is unhealthy when many more fail than before, and says so in figures', () => {
    const share = judge(mix(20, 8), mix(100, 2, yesterday))

    assert.equal(share.verdict, 'unhealthy')
    assert.equal(
      share.because,
      "8 of 20 instances that began and ended on task hub 'shop99' failed (40 %), where 2 % were to be expected by the last ones of the " +
        "same names on 'shop100', more than 20 percentage points above it: Order 8 of 20, before 2 of 100",
    )
    assert.deepEqual(share.judged, { ended: 20, failed: 8, percent: 40, expectedPercent: 2 })
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
    assert.equal(judge(mix(100, 31), mix(10, 1, yesterday)).verdict, 'unhealthy')
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
      "of the instances that began on task hub 'shop99' 9 completed or failed so far, and 10 are needed",
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
      /^of 30 instances that began .* and completed or failed, 0 have names of which enough ended as quickly on 'shop100', and 10/,
    )
  })

  it('takes a name with four ended ones before for a new one, and with five not', () => {
    assert.equal(judge(mix(10, 10), mix(4, 0, yesterday)).verdict, 'noData')
    assert.equal(judge(mix(10, 10), mix(5, 0, yesterday)).verdict, 'unhealthy')
  })

  it('is content with fewer before where fewer are needed now', () => {
    assert.equal(judge(mix(1, 1), mix(1, 0, yesterday), { instances: 1 }).verdict, 'unhealthy')
  })

  it('takes another mix of work for no failure', () => {
    const before = [...mix(900, 0, { ...yesterday }), ...mix(100, 50, { ...yesterday, name: 'Risky' })]

    const share = judge([...mix(2, 0), ...mix(20, 10, { name: 'Risky' })], before)

    assert.equal(share.verdict, 'healthy', share.because)
    assert.deepEqual(share.judged, { ended: 22, failed: 10, percent: 45.5, expectedPercent: 45.5 })
  })

  it('compares only with what ended as quickly, because soon after a swap only those have ended', () => {
    const before = [
      ...instances(190, 'Completed', { ...yesterday, tookMs: 60 * minute }),
      ...instances(10, 'Failed', { ...yesterday, tookMs: 1000 }),
    ]
    const now = [...instances(10, 'Failed', { ageMs: minute }), ...instances(190, 'Running', { ageMs: minute })]

    const share = judge(now, before)

    assert.equal(share.verdict, 'healthy', share.because)
    assert.deepEqual(share.judged, { ended: 10, failed: 10, percent: 100, expectedPercent: 100 })
  })

  it('weighs what took longer by how many are old enough to have ended like it', () => {
    const before = [
      ...instances(10, 'Completed', { ...yesterday, tookMs: 5 * minute }),
      ...instances(10, 'Failed', { ...yesterday, tookMs: 1000 }),
    ]
    const now = [
      ...instances(20, 'Failed', { ageMs: minute }),
      ...instances(20, 'Running', { ageMs: minute }),
      ...instances(10, 'Running', { ageMs: 6 * minute }),
    ]

    // 10 of the 50 are old enough for a completed one: it counts a fifth, so 50 of 60 were to be expected to fail.
    assert.equal(judge(now, before).judged?.expectedPercent, 83.3)
  })

  it('looks at the newest of before alone where there are many', () => {
    const before = [
      ...mix(200, 0, yesterday),
      ...instances(500, 'Failed', { ageMs: 48 * 60 * minute }),
      ...instances(20, 'Failed', { name: 'Other' }),
    ]

    assert.equal(judge(mix(20, 0), before).judged?.expectedPercent, 0)
    assert.equal(judge(mix(20, 10), before).names[0]?.endedBefore, 200)
  })

  it('lets clocks differ: what ended was old enough for that', () => {
    const early = instances(10, 'Completed', { ageMs: -minute, tookMs: 1000 })
    const backwards = instances(10, 'Completed', { ...yesterday, tookMs: -5000 })

    assert.equal(judge(early, mix(10, 0, yesterday)).verdict, 'healthy')
    assert.equal(judge(mix(10, 0), backwards).verdict, 'healthy')
  })

  it('takes rows without times for quick ones', () => {
    const timeless = (count: number) => Array.from({ length: count }, () => ({ name: 'Order', status: 'Completed' }))

    assert.equal(judge(timeless(10), timeless(10)).verdict, 'healthy')
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
      [...mix(10, 0, { ...yesterday, name: 'A' }), ...mix(10, 1, { ...yesterday, name: 'B' })],
    )

    assert.match(share.because, /above it: A 8 of 10, before 0 of 10$/)
  })

  it('sorts names by how often they ended, then by name', () => {
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

describe('what is counted for the failure share', () => {
  const rows = [...mix(3, 1), ...instances(2, 'Running'), ...instances(1, ''), ...instances(4, 'Terminated')]

  it('is what completed or failed', () => {
    assert.equal(countEnded(rows), 3)
    assert.deepEqual(endedNames([...rows, ...instances(1, 'Running', { name: 'Slow' })]), ['Order'])
  })

  it('takes an instance without a status for one that runs', () => assert.equal(countRunning(rows), 3))

  it('is enough when each name has enough', () => {
    assert.ok(hasEnough(rows, ['Order'], 3))
    assert.ok(!hasEnough(rows, ['Order'], 4))
    assert.ok(!hasEnough(rows, ['Order', 'Brand'], 1))
  })

  it('is nothing where nothing could be read', () => {
    assert.deepEqual(noData('no role'), { verdict: 'noData', because: 'no role', names: [] })
  })
})
