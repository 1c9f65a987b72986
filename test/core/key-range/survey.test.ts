import assert from 'node:assert/strict'
import { crowded, densityOf, isPlausible, lookoutsOf, outlined, surveyed } from '../../../core/key-range/survey.ts'
import { isOverrun, learned, pagesIn, planStride } from '../../../core/key-range/stride.ts'

const whole = { from: '', to: undefined }
const ids = Array.from({ length: 1000 }, (_, index) => index.toString(16).padStart(4, '0'))
const page = { first: '0000', last: '03e7', pages: 1 }
const density = densityOf(whole, ids, page)
const rest = { from: '03e7', to: undefined, surveyed: false, surprises: 0 }

const serial = (index: number) => `order-2026-11-21-${String(index).padStart(9, '0')}`
const serials = { first: serial(0), last: serial(999), pages: 1 }
const serialDensity = densityOf(
  whole,
  Array.from({ length: 1000 }, (_, index) => serial(index)),
  serials,
)

describe('what one page tells of the keys behind it', () => {
  it('is how many pages there are, where keys are spread evenly', () => {
    assert.equal(Math.round(pagesIn(density, rest)), 65)
    assert.ok(isPlausible(density, rest))
  })

  it('is not believed where all keys begin alike, for that makes an endless crowd', () => {
    assert.ok(!isPlausible(serialDensity, { from: serials.last, to: undefined }))
  })

  it('says nothing where all rows have one key', () => {
    assert.ok(!isPlausible(densityOf(whole, ['a', 'a'], { first: 'a', last: 'a', pages: 1 }), rest))
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
  const part = { from: serials.last, to: undefined, surveyed: false, surprises: 0 }
  const lookouts = lookoutsOf(part, serials)

  it('looks behind every beginning of the last key, from the longest to the shortest', () => {
    const keys = lookouts.map(({ key }) => key)
    assert.equal(keys[0], 'order-2026-11-21-000000:')
    assert.equal(keys.at(-1), 'p')
    assert.deepEqual(keys, [...keys].sort())
  })

  it('looks at forty places at most, however long the beginning is', () => {
    const begin = 'tenant-'.repeat(60)
    assert.ok(lookoutsOf(part, { first: `${begin}1`, last: `${begin}2`, pages: 1 }).length <= 41)
  })

  it('leaves out what is empty', () => {
    const seen = lookouts.map(({ key }) => (key < serial(1000) ? serial(1000) : key < 'u' ? 'u1' : undefined))
    const parts = outlined(part, serials, lookouts, seen)
    assert.deepEqual(
      parts.map(({ from }) => from),
      [serial(999), serial(1000), 'u1'],
    )
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
