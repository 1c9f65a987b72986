import assert from 'node:assert/strict'
import { readArguments } from '../../bench/arguments.ts'

describe('the command line of the benches', () => {
  it('names a bench, its form, its numbers and where the plot goes', () => {
    const read = readArguments(['lost-items', '--quick', '--repetitions', '12', '--svg', 'plot.svg', '--json'])
    assert.deepEqual(read, {
      name: 'lost-items',
      json: true,
      quick: true,
      svg: 'plot.svg',
      numbers: { repetitions: 12 },
    })
  })

  it('may name none', () => {
    assert.deepEqual(readArguments([]), { name: undefined, json: false, quick: false, numbers: {} })
  })

  const wrong = [
    ['two', 'names'],
    ['one', '--rate'],
    ['one', '--rate', '0'],
    ['one', '--rate', '-5'],
    ['one', '--rate', '5.5'],
    ['one', '--svg'],
    ['one', '--svg', '--json'],
    ['one', '-q', '5'],
  ]
  for (const args of wrong) {
    it(`refuses '${args.join(' ')}'`, () => assert.ok('problem' in readArguments(args)))
  }
})
