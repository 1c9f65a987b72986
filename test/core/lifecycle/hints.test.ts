import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LifecycleEvent } from '../../../core/lifecycle/event.ts'
import { heardSince, noHints, withEvents, withNews, withoutInstances } from '../../../core/lifecycle/hints.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../core/task-hub/name.ts'

const at = (second: number) => new Date(Date.parse('2026-11-21T10:00:00Z') + 1000 * second)
const event = (instanceId: string, status: LifecycleEvent['status'] = 'Running'): LifecycleEvent => ({
  id: `${instanceId}-${status}`,
  hub: 'hub' as HubName,
  instanceId,
  functionName: 'Order',
  status,
})
const ids = (hints: typeof noHints) => hints.running.map(({ id }) => id)

describe('hints from lifecycle events', () => {
  it('know an instance from when it is said to run until it is said to have ended', () => {
    const one = withEvents(noHints, [event('a'), event('b')], at(1))
    assert.deepEqual(ids(one).toSorted(), ['a', 'b'])
    for (const status of ['Completed', 'Failed', 'Terminated'] as const) {
      assert.deepEqual(ids(withEvents(one, [event('a', status)], at(2))), ['b'])
    }
  })

  it('know an instance that is said to run again after it ended, as one that continues as new is', () => {
    assert.deepEqual(ids(withEvents(noHints, [event('a'), event('a', 'Completed'), event('a')], at(1))), ['a'])
  })

  it('change their generation with whatever is heard, an end that nobody heard the beginning of too', () => {
    const told = withEvents(noHints, [event('a', 'Completed')], at(1))
    assert.equal(told.generation, noHints.generation + 1)
    assert.equal(withEvents(told, [event('a', 'Completed')], at(2)).generation, told.generation + 1)
    assert.equal(withNews(told, at(3)).generation, told.generation + 1)
    assert.equal(withEvents(told, [], at(4)), told)
  })

  it('keep their generation where an instance is forgotten, which is not something heard', () => {
    const told = withEvents(noHints, [event('a'), event('b')], at(1))
    const rest = withoutInstances(told, new Set(['a']))
    assert.deepEqual(ids(rest), ['b'])
    assert.equal(rest.generation, told.generation)
  })

  it('tell whether anything was heard since but of what a policy leaves out', () => {
    const policy = { ...strictPolicy, ignoreInstances: [{ field: 'name' as const, pattern: 'Order' }] }
    const before = withEvents(noHints, [event('a')], at(1))
    assert.equal(heardSince(before, before.generation, strictPolicy), false)
    const after = withEvents(before, [event('a')], at(2))
    assert.equal(heardSince(after, before.generation, strictPolicy), true)
    assert.equal(heardSince(after, before.generation, policy), false)
    const other = withEvents(after, [{ ...event('a'), functionName: 'Payment' }], at(3))
    assert.equal(heardSince(withEvents(other, [event('a')], at(4)), before.generation, policy), true)
    const entities = { ...strictPolicy, entityPolicy: 'ignore' as const }
    const entity = withEvents(before, [{ ...event('@counter@a'), functionName: '@counter@a' }], at(2))
    assert.equal(heardSince(entity, before.generation, entities), false)
  })

  it('count what they no longer tell apart as heard: news, ids too long, and more instances than are remembered', () => {
    const policy = { ...strictPolicy, ignoreInstances: [{ field: 'name' as const, pattern: 'Order' }] }
    const before = withEvents(noHints, [event('a')], at(1))
    const many = Array.from({ length: 51 }, (_, index) => event(`i${index}`))
    for (const after of [
      withNews(before, at(2)),
      withEvents(before, [event('x'.repeat(251))], at(2)),
      withEvents(before, many, at(2)),
    ]) {
      assert.equal(heardSince(after, before.generation, policy), true)
    }
  })

  it('remember those heard last, and count all', () => {
    const many = Array.from({ length: 500 }, (_, index) => event(`i${index}`))
    const early = withEvents(noHints, many, at(1))
    const late = withEvents(early, [event('late')], at(2))
    assert.equal(late.running[0]?.id, 'late')
    assert.equal(late.running.length, 50)
    assert.equal(late.events, 501)
  })

  it('do not remember ids so long that they would crowd out the rest', () => {
    assert.deepEqual(ids(withEvents(noHints, [event('x'.repeat(1000))], at(1))), [])
  })

  it('grow with no delivery beyond their bound, and move their generation with each, whatever comes', () => {
    const statuses = fc.constantFrom('Running' as const, 'Completed' as const, 'Failed' as const, 'Terminated' as const)
    const batch = fc.array(
      fc.tuple(fc.string({ maxLength: 400 }), statuses).map(([id, status]) => event(id, status)),
      { minLength: 1, maxLength: 80 },
    )
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const end = batches.reduce((hints, events, index) => withEvents(hints, events, at(index)), noHints)
        assert.equal(end.generation, batches.length)
        assert.equal(end.events, batches.flat().length)
        assert.ok(end.running.length <= 50)
        assert.equal(new Set(ids(end)).size, end.running.length)
      }),
    )
  })
})
