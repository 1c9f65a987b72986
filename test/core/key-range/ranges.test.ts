import assert from 'node:assert/strict'
import fc from 'fast-check'
import { KeySpace, withKeys } from '../../../core/key-range/key-space.ts'
import { RangeLedger } from '../../../core/key-range/ranges.ts'
import { crowded, surveyed } from '../../../core/key-range/cuts.ts'
import { densityOf } from '../../../core/key-range/sample.ts'
import type { Density } from '../../../core/key-range/stride.ts'

const odd = ['', '\u0000', 'a', 'a\u0000', 'aa', '😀', '\uffff', 'tenant-'.repeat(20)]
const keysOf = fc
  .uniqueArray(fc.oneof(fc.stringMatching(/^[0-9a-f]{1,6}$/), fc.string({ unit: 'binary' }), fc.constantFrom(...odd)), {
    minLength: 1,
    maxLength: 60,
  })
  .map((keys) => keys.sort((one, other) => (one < other ? -1 : 1)))
const moves = fc.array(fc.tuple(fc.nat(5), fc.double({ min: 0.05, max: 1, noNaN: true })), { maxLength: 200 })

const digits = withKeys([], ['0123456789abcdef'])
const even = (pages: number): Density => ({ space: new KeySpace('', digits), pages })

describe('the ledger of key ranges', () => {
  it('has every key read once, whatever is taken, cut, stolen and finished in which order', () => {
    fc.assert(
      fc.property(keysOf, moves, (keys, steps) => {
        const ledger = new RangeLedger({ from: '', to: undefined })
        const read: string[] = []
        const busy: number[] = []
        const readUpTo = (id: number, end: string | undefined, density?: Density) => {
          const part = ledger.now(id)
          read.push(
            ...keys.filter((key) => key >= part.from && isBelow(key, end) && !(part.after === '' && key === part.from)),
          )
          if (!ledger.readTo(id, end, density)) busy.splice(busy.indexOf(id), 1)
        }
        for (const [move, share] of steps) {
          const id = busy[Math.floor(share * busy.length * 0.99)]
          if (move === 0 || id === undefined) {
            const taken = ledger.take()
            if (taken) busy.push(taken.id)
            continue
          }
          const part = ledger.now(id)
          const density = part.density ?? densityOf(part, { keys, pages: 9 })
          const end = density.space.between(part, share)
          const inside = keys.filter((key) => key >= part.from && isBelow(key, part.to))
          if (move === 1) ledger.reading(id, end ?? part.to)
          // What is read without saying so before may be taken by another meanwhile.
          if (move === 2 || move === 3) ledger.reading(id, part.to)
          if (move === 2 && end !== undefined) readUpTo(id, end, density)
          if (move === 3 && inside[0] !== undefined) {
            if (part.after === undefined || inside[0] !== part.from) read.push(inside[0])
            ledger.readRow(id, inside[0], '')
          }
          if (move === 4) {
            ledger.replace(id, surveyed(part, density))
            busy.splice(busy.indexOf(id), 1)
          }
          const cut = move === 5 ? crowded(part, density, end ?? part.to) : undefined
          if (cut) {
            ledger.replace(id, cut)
            busy.splice(busy.indexOf(id), 1)
          }
        }
        for (let next = ledger.take(); next; next = ledger.take()) busy.push(next.id)
        for (const id of [...busy]) readUpTo(id, ledger.now(id).to)
        assert.ok(ledger.isDone)
        assert.deepEqual(
          read.sort((one, other) => (one < other ? -1 : 1)),
          keys,
        )
      }),
      { numRuns: 400 },
    )
  })

  it('is not done before the last part is', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    const whole = ledger.take()
    assert.ok(whole && !ledger.isDone)
    assert.equal(ledger.readTo(whole.id, undefined), false)
    assert.ok(ledger.isDone)
  })

  it('gives nothing away of what is being read', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    assert.ok(ledger.take())
    assert.equal(ledger.take(), undefined)
  })

  it('gives the upper half of what is left to one who has nothing', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    const first = ledger.take()
    assert.ok(first)
    ledger.readTo(first.id, '4', even(64))
    ledger.reading(first.id, '8')
    const second = ledger.take()
    assert.deepEqual([second?.from, second?.to, ledger.now(first.id).to], ['c', undefined, 'c'])
  })

  it('does not cut up what is less than two pages', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    const first = ledger.take()
    assert.ok(first)
    ledger.readTo(first.id, '4', even(2))
    ledger.reading(first.id, '8')
    assert.equal(ledger.take(), undefined)
  })

  it('refuses to have read what was left for others to take', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    const id = ledger.take()?.id ?? -1
    ledger.reading(id, '8')
    assert.throws(() => ledger.readRow(id, '8', ''), RangeError)
    assert.throws(() => ledger.readTo(id, '9'), RangeError)
  })

  it('does not go back in a key of many rows that is read from its first row again', () => {
    const ledger = new RangeLedger({ from: '', to: undefined })
    const id = ledger.take()?.id ?? assert.fail()
    ledger.readRow(id, 'm', '5000')
    ledger.readRow(id, 'm', '0100')
    assert.equal(ledger.now(id).after, '5000')
    ledger.readRow(id, 'm', '5001')
    ledger.readRow(id, 'n', '')
    const { from, after } = ledger.now(id)
    assert.deepEqual([from, after], ['n', ''])
  })

  it('refuses parts that would lose or repeat a key', () => {
    const anew = { surveyed: true, surprises: 0 }
    const wrong = [
      [{ from: 'a', to: 'e', ...anew }],
      [
        { from: 'b', to: 'c', ...anew },
        { from: 'b', to: 'd', ...anew },
      ],
      [
        { from: 'b', to: 'b', ...anew },
        { from: 'b', to: 'd', ...anew },
      ],
      [
        { from: 'b', to: undefined, ...anew },
        { from: 'c', to: 'd', ...anew },
      ],
    ]
    for (const parts of wrong) {
      const ledger = new RangeLedger({ from: 'b', to: 'd' })
      const id = ledger.take()?.id ?? -1
      assert.throws(() => ledger.replace(id, parts), RangeError)
      assert.throws(() => ledger.readTo(id, 'e'), RangeError)
      assert.throws(() => ledger.readTo(id, 'a'), RangeError)
      assert.throws(() => ledger.readRow(id, 'd', ''), RangeError)
    }
    assert.throws(() => new RangeLedger({ from: 'b', to: 'd' }).now(0), RangeError)
  })
})

function isBelow(key: string, end: string | undefined): boolean {
  return end === undefined || key < end
}
