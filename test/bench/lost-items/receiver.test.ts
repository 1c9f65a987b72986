import assert from 'node:assert/strict'
import type { Receiver } from '../../../bench/lost-items/receiver.ts'
import { startReceiver } from '../../../bench/lost-items/receiver.ts'

describe('the receiver of the lost-item experiment', () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  async function call(method: string, path: string): Promise<number> {
    return (await fetch(`${receiver.url}/${path}`, { method })).status
  }

  it('takes every item that is posted, also twice', async () => {
    assert.deepEqual(
      [await call('POST', 'x/A/7/begin'), await call('POST', 'x/A/7/1'), await call('POST', 'x/A/7/1')],
      [204, 201, 201],
    )
    const [run] = receiver.runs('x')
    assert.deepEqual([run?.version, run?.run, run?.taken.get(1), run?.sends.get(1)], ['A', 7, 2, 2])
  })

  it('takes an item that is put with its condition once, and counts that it came again', async () => {
    assert.deepEqual([await call('PUT', 'x/A/7/1'), await call('PUT', 'x/A/7/1')], [201, 412])
    const [run] = receiver.runs('x')
    assert.deepEqual([run?.taken.get(1), run?.sends.get(1)], [1, 2])
  })

  it('keeps apps, versions and runs apart, and knows which began late', async () => {
    for (const path of ['x/A/7/1', 'x/B/7/1', 'x/A/8/begin?late', 'y/A/7/1']) await call('POST', path)
    assert.deepEqual(
      receiver.runs('x').map(({ version, run, isLate }) => [version, run, isLate]),
      [
        ['A', 7, false],
        ['B', 7, false],
        ['A', 8, true],
      ],
    )
    assert.equal(receiver.runs('y').length, 1)
    assert.deepEqual(receiver.runs('z'), [])
  })

  it('wakes who waits when something comes', async () => {
    const next = receiver.next()
    await call('POST', 'x/A/7/1')
    await next
  })

  it('answers 404 to what is no item', async () => {
    assert.deepEqual(
      [await call('POST', 'x'), await call('POST', 'x/A/one/1'), await call('POST', 'x/A/7/last')],
      [404, 404, 404],
    )
  })
})
