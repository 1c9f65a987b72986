import assert from 'node:assert/strict'
import {
  atFirst,
  isGeneration,
  isHoldSeconds,
  lapse,
  OtherGeneration,
  prepare,
  resume,
} from '../../app-mode/src/state.ts'

const hold = { generation: 'run-1', holdMs: 60_000 }
const prepared = prepare(atFirst, hold, 1_000)

describe('the state of an app', () => {
  it('is prepared until the hold runs out', () => {
    assert.deepEqual(prepared, { epoch: 1, prepared: { generation: 'run-1', until: 61_000 } })
  })

  it('stays the same preparation when its generation renews the hold', () => {
    assert.deepEqual(prepare(prepared, hold, 50_000), { epoch: 1, prepared: { generation: 'run-1', until: 110_000 } })
  })

  it('is kept from another generation until the hold has run out', () => {
    const other = { generation: 'run-2', holdMs: 60_000 }
    assert.throws(() => prepare(prepared, other, 60_999), OtherGeneration)
    assert.deepEqual(prepare(prepared, other, 61_000), { epoch: 2, prepared: { generation: 'run-2', until: 121_000 } })
  })

  it('is another preparation when the same generation comes back after the hold', () => {
    assert.equal(prepare(prepared, hold, 61_000).epoch, 2)
  })

  it('is Normal after its generation has resumed it, and after nobody else has', () => {
    assert.deepEqual(resume(prepared, 'run-1', 2_000), { epoch: 1 })
    assert.throws(() => resume(prepared, 'run-2', 2_000), OtherGeneration)
    assert.deepEqual(resume(prepared, 'run-2', 61_000), { epoch: 1 })
  })

  it('is the same object where nothing changes', () => {
    assert.equal(lapse(prepared, 60_999), prepared)
    assert.equal(resume(atFirst, 'run-1', 0), atFirst)
  })

  it('takes names of generations and times of holds within their bounds', () => {
    for (const name of ['a', 'A.b_c-9', 'x'.repeat(100)]) assert.ok(isGeneration(name), name)
    for (const name of ['', 'x'.repeat(101), 'a b', 'ä', 'a/b', 1, null]) assert.ok(!isGeneration(name), String(name))
    for (const seconds of [60, 86_400]) assert.ok(isHoldSeconds(seconds))
    for (const seconds of [59, 86_401, 60.5, '60', NaN, undefined]) assert.ok(!isHoldSeconds(seconds), String(seconds))
  })
})
