import assert from 'node:assert/strict'
import { crowded, hoped, hopeFor, surveyed } from '../../../core/key-range/cuts.ts'
import { densityOf } from '../../../core/key-range/sample.ts'
import { isOverrun, pagesIn, planStride } from '../../../core/key-range/stride.ts'
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

describe('a part that is hoped to be short', () => {
  const part = { from: serial(99), to: 'order-2026-11-22', surveyed: false, surprises: 2 }

  it('is read in one stride', () => {
    const [hope, ...others] = hoped(part, densityOf(part, serials), serials, 4)
    assert.ok(hope?.density && others.length === 0)
    assert.equal(Math.round(pagesIn(hope.density, part)), 4)
    assert.equal(planStride(hope.density, part, 12).end, part.to)
  })

  it('is what follows the first page of a table where the keys that begin alike are nearly over, for a page or two', () => {
    const orders = { keys: Array.from({ length: 1000 }, (_, index) => `order-${index}`).sort(), pages: 1 }
    const behind = { from: 'order-999', to: undefined, surveyed: false, surprises: 0 }
    assert.equal(hopeFor(behind, orders, true), 0)
    const close = { keys: Array.from({ length: 1000 }, (_, index) => index.toString(16).padStart(4, '0')), pages: 1 }
    assert.equal(hopeFor({ ...behind, from: '03e7' }, close, true), undefined)
    assert.ok(isOverrun(2, 0) && !isOverrun(1, 0))
  })

  it('is a branch of a branch, for some pages', () => {
    assert.equal(hopeFor(part, serials, false), 4)
    assert.equal(hopeFor({ ...part, surprises: 1 }, serials, false), undefined)
  })

  it('is not one that was hoped to be short before', () => {
    const [hope] = hoped(part, densityOf(part, serials), serials, 4)
    assert.ok(hope)
    assert.equal(hopeFor(hope, serials, true), undefined)
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
