import assert from 'node:assert/strict'
import { limitTo } from '../../../emulator/durable/limit.ts'

describe('a limit of what runs at a time', () => {
  it('lets so many run, then one for each that has ended, in the order in which they came', async () => {
    const limit = limitTo(2)
    const order: string[] = []
    const ends = new Map<string, () => void>()
    const run = (name: string) =>
      limit(() => {
        order.push(name)
        return new Promise<void>((resolve) => ends.set(name, resolve))
      })
    const all = ['a', 'b', 'c', 'd'].map(run)
    await Promise.resolve()
    assert.deepEqual(order, ['a', 'b'])
    ends.get('b')?.()
    await all[1]
    await new Promise(setImmediate)
    assert.deepEqual(order, ['a', 'b', 'c'])
    for (const name of ['a', 'c']) ends.get(name)?.()
    await Promise.all([all[0], all[2]])
    await new Promise(setImmediate)
    ends.get('d')?.()
    await Promise.all(all)
    assert.deepEqual(order, ['a', 'b', 'c', 'd'])
  })

  it('gives its place on where a run fails', async () => {
    const limit = limitTo(1)
    await assert.rejects(
      limit(() => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(await limit(() => Promise.resolve('yes')), 'yes')
  })
})
