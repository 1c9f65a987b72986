import assert from 'node:assert/strict'
import { inParallel } from '../../core/in-parallel.ts'

describe('many at a time', () => {
  it('keep their order and their limit', async () => {
    let running = 0
    let most = 0
    const results = await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      return item * 10
    })
    assert.deepEqual(results, [10, 20, 30, 40, 50])
    assert.equal(most, 2)
  })

  it('begin no more after the first failure, which is thrown', async () => {
    const begun: number[] = []
    const work = (item: number) => {
      begun.push(item)
      return item === 2 ? Promise.reject(new Error('second')) : Promise.resolve(item)
    }
    await assert.rejects(inParallel([1, 2, 3, 4], 1, work), /second/)
    assert.deepEqual(begun, [1, 2])
  })
})
