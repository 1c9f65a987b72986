import assert from 'node:assert/strict'
import { crowded, hoped, isHopeful, surveyed } from '../../../core/key-range/cuts.ts'
import { densityOf } from '../../../core/key-range/sample.ts'
import { pagesIn, planStride } from '../../../core/key-range/stride.ts'
import { density, rest, serial, serials } from './some-keys.ts'

describe('the rest of a part', () => {
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
  it('that met a crowd is cut up, but not for ever', () => {
    const part = { ...rest, from: '4', to: 'c', density, surveyed: true }
    const parts = crowded(part, density, '8') ?? []
    assert.deepEqual([parts.length, parts[0]?.from, parts.at(-1)?.from, parts.at(-1)?.to], [7, '4', '8', 'c'])
    assert.equal(crowded({ ...part, surprises: 10 }, density, '8'), undefined)
    assert.equal(crowded({ ...part, from: '4', to: '4\u0001' }, density, '4\u0001'), undefined)
  })
})
