import assert from 'node:assert/strict'
import { fieldsOf } from '../../core/json.ts'

describe('the fields of a JSON object', () => {
  it('are found however their names are written', () => {
    assert.equal(fieldsOf({ TargetSwapSlot: 'production' })?.get('targetswapslot'), 'production')
  })

  for (const [what, value] of [
    ['null', null],
    ['a list', []],
    ['a text', 'a'],
    ['a number', 1],
    ['nothing', undefined],
    [
      'an object of more fields than any document has',
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, 0])),
    ],
  ] as const) {
    it(`are none of ${what}`, () => {
      assert.equal(fieldsOf(value), undefined)
    })
  }
})
