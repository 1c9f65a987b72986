import assert from 'node:assert/strict'
import { lookoutsOf, outlined } from '../../../core/key-range/outline.ts'
import { rest, serial, serials } from './some-keys.ts'

describe('an outline', () => {
  const part = { from: serial(999), to: undefined, surveyed: false, surprises: 0 }
  const lookouts = lookoutsOf(part, serials)
  const seen = lookouts.map(({ key }) => (key <= serial(10_000) ? serial(10_000) : key < 'u' ? 'u1' : undefined))

  it('looks behind every beginning of the last key, from the longest to the shortest', () => {
    const keys = lookouts.map(({ key }) => key)
    assert.deepEqual([keys[0], keys.at(-1)], ['order-2026-11-21-000001', 'p'])
    assert.deepEqual(keys, [...keys].sort())
  })

  it('looks at forty places at most, however long the beginning is', () => {
    const begin = 'tenant-'.repeat(60)
    assert.ok(lookoutsOf(part, { keys: [`${begin}1`, `${begin}2`], pages: 1 }).length <= 41)
  })

  it('looks nowhere where the keys of the sample do not begin alike', () => {
    assert.deepEqual(lookoutsOf(rest, { keys: ['0', '1'], pages: 1 }), [])
  })

  it('looks nowhere that has been read since the sample was taken', () => {
    const later = { ...part, from: serial(2_500_000), sample: serials }
    assert.ok(lookoutsOf(later, serials).every(({ key }) => key > later.from))
    assert.ok(lookoutsOf(later, serials).length < lookouts.length)
  })

  it('leaves out what is empty, and gives each branch far from the sample a part of its own', () => {
    const parts = outlined(part, serials, lookouts, seen)
    const starts = parts.map(({ from }) => from)
    assert.deepEqual(starts.slice(0, 2), [serial(999), serial(10_000)])
    assert.ok(starts.includes('u1') && starts.includes('z'))
    assert.ok(parts.every(({ to }, index) => to === undefined || to <= (starts[index + 1] ?? to)))
  })
})

describe('numbered keys', () => {
  const child = (parent: string, index: number) => `import-${parent}:${index.toString(16).padStart(4, '0')}`
  const sample = { keys: Array.from({ length: 100 }, (_, index) => child('01', index)), pages: 0.1 }
  const part = { from: child('01', 99), to: undefined, surveyed: false, surprises: 0 }
  const lookouts = lookoutsOf(part, sample)
  const startsWhere = (tenth: string) => {
    const seen = lookouts.map(({ key }) =>
      key <= 'import-02' ? child('02', 0) : key <= 'import-1' ? tenth : undefined,
    )
    return outlined(part, sample, lookouts, seen).map(({ from }) => from)
  }

  it('are read side by side one number further on, too', () => {
    const starts = startsWhere(child('10', 0))
    for (const start of [child('02', 0), 'import-03', child('10', 0), 'import-11', 'import-19', 'import-2']) {
      assert.ok(starts.includes(start), `${start} is not among ${starts.join()}`)
    }
  })

  it('are not taken for more where the next one is shaped otherwise', () => {
    assert.ok(!startsWhere('import-1x-000').includes('import-11'))
  })
})
