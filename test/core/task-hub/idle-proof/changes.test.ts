import assert from 'node:assert/strict'
import { noChanges, sameMark, withRow } from '../../../../core/task-hub/idle-proof/changes.ts'
import { readInstanceRow } from '../../../../core/task-hub/rows/instance.ts'

const since = new Date('2026-11-21T10:00:00Z')

function markOf(...rows: readonly (readonly [string, string | undefined])[]) {
  return rows.reduce((mark, [key, written]) => {
    const row = readInstanceRow({ PartitionKey: key, Timestamp: written })
    assert.ok(row)
    return withRow(mark, row)
  }, noChanges(since))
}

const a = ['a', '2026-11-21T10:00:00.1234567Z'] as const
const b = ['b', '2026-11-21T10:00:01Z'] as const

describe('what was written lately', () => {
  it('is the same in whatever order it is seen', () => assert.ok(sameMark(markOf(a, b), markOf(b, a))))
  it('does not hold what was written before', () =>
    assert.ok(sameMark(markOf(a, ['old', '2026-11-21T09:59:59.9999999Z']), markOf(a))))
  it('holds what does not say when', () => assert.ok(!sameMark(markOf(a, ['c', undefined]), markOf(a))))
  it('is another where it begins later, for what was written before that is not in it', () =>
    assert.ok(!sameMark(noChanges(since), noChanges(new Date(since.getTime() + 1)))))
  it('names the row that was written last', () => {
    assert.equal(markOf(b, a).last?.key, 'b')
    assert.equal(markOf(['c', undefined], a).last?.key, 'a')
  })
  it('is another with one row more', () => assert.ok(!sameMark(markOf(a), markOf(a, b))))
  it('is another with another row in its place', () => assert.ok(!sameMark(markOf(a), markOf(b))))
  it('is another where a row was written again a tick later', () =>
    assert.ok(!sameMark(markOf(a), markOf(['a', '2026-11-21T10:00:00.1234568Z']))))
  it('is another where two rows change their moments', () =>
    assert.ok(!sameMark(markOf(a, b), markOf(['a', b[1]], ['b', a[1]]))))
})
