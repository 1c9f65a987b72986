import assert from 'node:assert/strict'
import { claimed, ownLock } from '../../../core/record/lock.ts'
import { holderInWords } from '../../../core/record/lock-words.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { minute, runNamed } from './lock-scene.ts'

const at = new Date('2026-11-21T10:00:00Z')
const held = claimed(emptyRecord('shop'), { by: runNamed('101'), claim: 'first', forMs: 120 * minute }, at)

describe('the rules of the lock', () => {
  it('know a task by its claim, and by the generation where it is known', () => {
    assert.deepEqual(ownLock(held, { claim: 'first', generation: 1 }), held.lock)
    assert.deepEqual(ownLock(held, { claim: 'first' }), held.lock)
    assert.equal(ownLock(held, { claim: 'first', generation: 2 }), undefined)
    assert.equal(ownLock(held, { claim: 'second', generation: 1 }), undefined)
    assert.equal(ownLock(emptyRecord('shop'), { claim: 'first' }), undefined)
    assert.equal(ownLock(undefined, { claim: 'first' }), undefined)
  })

  it('enter who held a lock that was taken over, with a reason or without', () => {
    const rival = { by: runNamed('102'), claim: 'second', forMs: minute }

    const evidences = [rival, { ...rival, takeOver: 'it hangs' }].map(
      (claiming) => claimed(held, claiming, at).audit[0]?.evidence,
    )

    const before = "(it was held by run '101' of project 'Shop' (https://dev.example.net/101))"
    assert.deepEqual(evidences, [`no reason given ${before}`, `it hangs ${before}`])
  })

  it('name a holder by what the agent told, and neutralise it', () => {
    assert.equal(holderInWords({ run: '', project: '', link: '' }), 'a run without a name')
    assert.equal(holderInWords({ run: '7', project: '', link: '' }), "run '7'")
    assert.equal(holderInWords({ run: '', project: 'Shop', link: 'x' }), "a run without a name of project 'Shop' (x)")
    assert.doesNotMatch(holderInWords({ run: '##vso[task.complete]', project: '', link: '' }), /##vso\[/)
  })
})
