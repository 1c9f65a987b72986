import assert from 'node:assert/strict'
import {
  crowded,
  densityOf,
  hoped,
  isHopeful,
  isPlausible,
  lookoutsOf,
  newest,
  outlined,
  surveyed,
} from '../../../core/key-range/survey.ts'
import { isOverrun, learned, pagesIn, planStride } from '../../../core/key-range/stride.ts'

const whole = { from: '', to: undefined }
const page = { keys: Array.from({ length: 1000 }, (_, index) => (index * 3).toString(16).padStart(4, '0')), pages: 1 }
const density = densityOf(whole, page)
const rest = { from: '0bb5', to: undefined, surveyed: false, surprises: 0 }

const serial = (index: number) => `order-2026-11-21-${String(index).padStart(9, '0')}`
const serials = { keys: Array.from({ length: 1000 }, (_, index) => serial(index)), pages: 1 }

describe('what one page tells of the keys behind it', () => {
  it('is how many pages there are, where keys are spread evenly', () => {
    assert.equal(Math.round(pagesIn(density, rest)), 21)
  })

  it('is believed only for a few pages where all keys begin alike', () => {
    assert.ok(!isPlausible(density, rest, page))
    assert.ok(isPlausible(density, { from: '0bb5', to: '3' }, page))
    const mixed = { keys: ['0', '01', '1', '11'], pages: 0.01 }
    assert.ok(isPlausible(densityOf(whole, mixed), whole, mixed))
    assert.ok(!isPlausible(densityOf(whole, serials), whole, serials))
  })

  it('says nothing where all rows have one key', () => {
    const one = { keys: ['a', 'a'], pages: 1 }
    assert.ok(!isPlausible(densityOf(whole, one), rest, one))
  })

  it('is judged by its end where keys stand much closer there', () => {
    const keys = ['0', '3', '7', 'a', 'b', 'c', 'd', 'order-1', 'order-2', 'order-3']
    assert.deepEqual(newest(whole, { keys, pages: 1 }), { keys: keys.slice(7), pages: 0.25 })
    assert.equal(newest(whole, page), page)
  })

  it('leaves what no character seen leads to in parts of its own', () => {
    const parts = surveyed(rest, density)
    const unknown = parts.filter((part) => !part.density).map(({ from, to }) => [from, to])
    assert.deepEqual(unknown, [
      [':', 'a'],
      ['g', undefined],
    ])
    assert.equal(parts.length, 4)
  })

  it('does not do so twice', () => {
    assert.equal(surveyed({ ...rest, surveyed: true }, density).length, 1)
  })
})

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

describe('a branch of a branch', () => {
  const part = { from: serial(99), to: 'order-2026-11-22', surveyed: false, surprises: 2 }

  it('is hoped to be short, and read in one stride', () => {
    assert.ok(isHopeful(part))
    const [hope, ...others] = hoped(part, densityOf(part, serials), serials)
    assert.ok(hope?.density && others.length === 0)
    assert.equal(Math.round(pagesIn(hope.density, part)), 4)
    assert.equal(planStride(hope.density, part, 12).end, part.to)
  })

  it('is not hoped to be short twice', () => {
    const [hope] = hoped(part, densityOf(part, serials), serials)
    assert.ok(hope && !isHopeful(hope))
    assert.ok(!isHopeful({ ...part, surprises: 1 }))
  })
})

describe('a stride', () => {
  const range = { from: '4', to: 'c' }

  it('takes its share of what is left', () => {
    const { end, expected } = planStride(density, range, 4)
    assert.ok(end !== undefined && end > '4' && end < 'c')
    assert.ok(Math.abs(expected - 4) < 0.1)
  })

  it('takes all where little would be left', () => {
    assert.equal(planStride(density, { from: '4', to: '48' }, 4).end, '48')
  })

  it('is twelve pages at most', () => {
    assert.ok(planStride(density, { from: '', to: undefined }, 400).expected < 12.1)
  })

  it('teaches how full the keys are, not more than four times at once', () => {
    const expected = pagesIn(density, range)
    assert.ok(pagesIn(learned(density, range, 1000), range) <= 4 * expected + 0.1)
    assert.ok(pagesIn(learned(density, range, 1), range) >= expected / 4 - 0.1)
    assert.equal(learned(density, { from: 'g', to: 'h' }, 3), density)
  })

  it('is too long at twice what was expected', () => {
    assert.deepEqual([isOverrun(9, 4), isOverrun(10, 4)], [false, true])
  })

  it('that met a crowd is cut up, but not for ever', () => {
    const part = { ...rest, from: '4', to: 'c', density, surveyed: true }
    const parts = crowded(part, density, '8') ?? []
    assert.deepEqual([parts.length, parts[0]?.from, parts.at(-1)?.from, parts.at(-1)?.to], [9, '4', '8', 'c'])
    assert.equal(crowded({ ...part, surprises: 10 }, density, '8'), undefined)
    assert.equal(crowded({ ...part, from: '4', to: '4\u0001' }, density, '4\u0001'), undefined)
  })
})
