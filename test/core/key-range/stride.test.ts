import assert from 'node:assert/strict'
import { isOverrun, learned, pagesIn, planStride } from '../../../core/key-range/stride.ts'
import { density } from './some-keys.ts'

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

  it('is of no page where the range has no room, however full the keys are', () => {
    assert.equal(pagesIn({ ...density, pages: Infinity }, { from: 'zz', to: undefined }), 0)
  })

  it('is too long at twice what was expected', () => {
    assert.deepEqual([isOverrun(9, 4), isOverrun(10, 4)], [false, true])
  })
})
