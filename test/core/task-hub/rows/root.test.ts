import assert from 'node:assert/strict'
import { isRoot } from '../../../../core/task-hub/rows/root.ts'

const started = { executionId: 'e1' }
const child = { ...started, parentInstance: '{"Name":"Parent"}' }
const continued = { ...started, isContinued: true } as const

describe('an instance that was begun from outside', () => {
  const cases = [
    ['a start that waits', true, 'Pending', []],
    ['a start that waits, with the id of a child that ended', true, 'Pending', [{ ...child, executionId: 'e0' }]],
    ['one that runs', true, 'Running', [started]],
    ['one whose History says that it has no parent', true, 'Running', [{ ...started, parentInstance: 'null' }]],
    ['one whose parent is an empty text', true, 'Running', [{ ...started, parentInstance: ' ' }]],
    ['one whose History is not there yet', true, 'Running', []],
    ['a new one with the id of a child that ended', true, 'Running', [{ ...child, executionId: 'e0' }, started]],
    ['a sub-orchestration', false, 'Running', [child]],
    ['a sub-orchestration whose parent cannot be read', false, 'Completed', [{ ...started, parentInstance: '{' }]],
    ['one that continued as new', false, 'Running', [started, continued]],
    ['one that continues as new at this moment', false, 'ContinuedAsNew', []],
    ['one that continued as new after its row was read', false, 'Running', [{ executionId: 'e2', isContinued: true }]],
  ] as const
  for (const [what, expected, status, history] of cases) {
    it(`${expected ? 'is' : 'is not'} ${what}`, () => {
      assert.equal(isRoot({ status, executionId: 'e1' }, history), expected)
    })
  }
})
