import assert from 'node:assert/strict'
import fc from 'fast-check'
import { behind, commonPrefix, KeySpace, prefixOf, withKeys } from '../../../core/key-range/key-space.ts'

const long = 'tenant-'.repeat(20)
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.stringMatching(/^[0-9a-f]{1,32}$/),
  fc.stringMatching(/^[0-9]{0,9}$/).map((digits) => long + digits),
  fc.constantFrom('', '\u0000', '\uffff', '\ud800', '😀', 'a\u0000', "o'clock"),
)
const keys = fc.array(key, { minLength: 1, maxLength: 30 })
const range = fc.tuple(key, fc.option(key, { nil: undefined })).filter(([from, to]) => to === undefined || from < to)

describe('the space of keys', () => {
  it('puts no key before one that sorts before it', () => {
    fc.assert(
      fc.property(keys, key, (seen, prefix) => {
        const space = new KeySpace(prefix, withKeys([], seen))
        const positions = [...seen].sort((one, other) => (one < other ? -1 : 1)).map((each) => space.positionOf(each))
        positions.forEach((position, index) => {
          assert.ok(position >= 0 && position <= 1)
          assert.ok(index === 0 || position >= (positions[index - 1] ?? 0))
        })
      }),
    )
  })

  it('finds only keys that are strictly inside a range, and that can be sent', () => {
    fc.assert(
      fc.property(keys, range, fc.double({ min: 0, max: 1, noNaN: true }), (seen, [from, to], fraction) => {
        const space = new KeySpace(prefixOf({ from, to }), withKeys([], seen))
        const cuts = space.cuts({ from, to }, 8)
        for (const cut of [...cuts, space.between({ from, to }, fraction)]) {
          if (cut === undefined) continue
          assert.ok(from < cut && (to === undefined || cut < to))
        }
        assert.deepEqual(
          cuts,
          [...new Set(cuts)].sort((one, other) => (one < other ? -1 : 1)),
        )
      }),
    )
  })

  it('makes no half of a surrogate pair and no character that no key may hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.double({ min: 0, max: 1, noNaN: true }), (seen, at) => {
        const made = new KeySpace('', withKeys([], seen)).keyAt(at)
        assert.ok(made.isWellFormed())
        assert.doesNotMatch(made, /[/\\#?\p{Cc}]/u)
      }),
    )
  })

  it('cuts random ids into parts of about the same size', () => {
    const space = new KeySpace('', withKeys([], ['0123456789abcdef']))
    assert.deepEqual(space.cuts({ from: '', to: undefined }, 4), ['4', '8', 'c'])
    assert.equal(space.between({ from: '00', to: '01' }), '008')
  })

  it('cuts inside a beginning of a hundred characters and more', () => {
    const space = new KeySpace(long, withKeys([], ['0123456789']))
    assert.equal(space.between({ from: `${long}100`, to: `${long}200` }), `${long}15`)
    assert.equal(new KeySpace('', withKeys([], [long])).between({ from: `${long}1`, to: `${long}2` }), undefined)
  })

  it('knows no key inside where there is only one character, or no key at all', () => {
    assert.equal(new KeySpace('', withKeys([], ['aaa'])).between({ from: 'aa', to: 'aaaa' }), undefined)
    assert.equal(new KeySpace('', []).between({ from: 'a', to: 'b' }), undefined)
    assert.equal(new KeySpace('', []).positionOf('\u0000'), 0)
    assert.deepEqual(new KeySpace('', []).cuts({ from: '', to: undefined }, 8), [])
  })

  it('names the gaps that no character seen leads to', () => {
    const space = new KeySpace('x', withKeys([], ['ace']))
    assert.deepEqual(space.gaps({ from: 'xa1', to: undefined }), [
      { from: 'xb', to: 'xc' },
      { from: 'xd', to: 'xe' },
      { from: 'xf', to: undefined },
    ])
    assert.deepEqual(space.gaps({ from: 'xc', to: 'xf' }), [{ from: 'xd', to: 'xe' }])
  })
})

describe('the key behind all that begin alike', () => {
  it('sorts behind each of them', () => {
    fc.assert(
      fc.property(key, key, fc.nat(40), (one, rest, depth) => {
        const next = behind(one, depth)
        if (next === undefined) return
        assert.ok(one < next)
        assert.ok(one.slice(0, depth + 1) + rest < next)
        assert.ok(next.isWellFormed() || !one.isWellFormed())
      }),
    )
  })

  it('is not made where it could not be sent', () => {
    assert.equal(behind('a😀', 1), undefined)
    assert.equal(behind('a😀', 2), undefined)
    assert.equal(behind('a', 5), undefined)
    assert.equal(behind('a.', 1), 'a0')
  })
})

describe('what keys have in common', () => {
  it('is a beginning of both', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const prefix = commonPrefix(one, other)
        assert.ok(one.startsWith(prefix) && other.startsWith(prefix))
      }),
    )
  })

  it('does not end in the middle of a character', () => {
    assert.equal(commonPrefix('a😀', 'a😁'), 'a')
  })

  it('is one character longer where a range ends right behind it', () => {
    assert.equal(prefixOf({ from: 'order-1', to: 'order.' }), 'order-')
    assert.equal(prefixOf({ from: 'order-1', to: 'order.' }), 'order-')
    assert.equal(prefixOf({ from: 'a12', to: 'b' }), 'a')
    assert.equal(prefixOf({ from: 'a12', to: undefined }), '')
  })
})
