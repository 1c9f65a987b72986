import assert from 'node:assert/strict'
import { isIgnored } from '../../../../core/task-hub/idle-proof/ignore.ts'

const row = (id: string, name = 'Import') => ({ key: id, id, name, version: '', status: 'Running' })
const byId = (pattern: string, id: string) => isIgnored(row(id), [{ field: 'id', pattern }])

describe('what is ignored on purpose', () => {
  for (const [pattern, id, expected] of [
    ['job', 'job', true],
    ['job', 'job1', false],
    ['job-*', 'job-7', true],
    ['*-eu', 'job-eu', true],
    ['job-*-eu', 'job-7-eu', true],
    ['job-*-eu', 'job-eu', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-x-c', false],
    ['a*bc*c', 'a-bc', false],
    ['a**c', 'ac', true],
    ['*', '', true],
  ] as const) {
    it(`'${pattern}' ${expected ? 'leaves out' : 'keeps'} '${id}'`, () => {
      assert.equal(byId(pattern, id), expected)
    })
  }

  it('is told by names without case, and by ids with it', () => {
    assert.ok(isIgnored(row('a', 'Import'), [{ field: 'name', pattern: 'IMP*' }]))
    assert.ok(!byId('JOB', 'job'))
  })

  it('takes one of several patterns, and nothing where there is none', () => {
    assert.ok(
      isIgnored(row('a', 'Export'), [
        { field: 'name', pattern: 'Import' },
        { field: 'id', pattern: 'a' },
      ]),
    )
    assert.ok(!isIgnored(row('a'), []))
  })
})
