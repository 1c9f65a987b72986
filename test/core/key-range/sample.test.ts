import assert from 'node:assert/strict'
import { densityOf, isPlausible, newest } from '../../../core/key-range/sample.ts'
import { pagesIn } from '../../../core/key-range/stride.ts'
import { density, page, rest, serials, whole } from './some-keys.ts'

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
})
