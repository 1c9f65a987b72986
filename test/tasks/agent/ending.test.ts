import assert from 'node:assert/strict'

import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import type { Report } from '../../../core/report/report.ts'
import { endingOfError, endingOfReport } from '../../../tasks/agent/ending.ts'

const report: Report = { result: 'succeeded', message: 'Swapped.', outputs: { swapped: 'true' }, summary: '' }
const abortError = Object.assign(new Error('aborted'), { name: 'AbortError' })

describe('the ending of a run', () => {
  it('is what the report says', () => {
    assert.deepEqual(endingOfReport(report, false), { result: 'succeeded', message: 'Swapped.', report })
  })

  it('is failed where a cancel met a run that had done its work, and keeps the outputs', () => {
    const ending = endingOfReport(report, true)
    assert.equal(ending.result, 'failed')
    assert.match(ending.message, /cancelled.*Swapped\./)
    assert.deepEqual(ending.report?.outputs, { swapped: 'true' })
  })

  const failures: [string, unknown, boolean, RegExp][] = [
    ['a refusal is its own message', new Refusal("Slot 'x' is gone."), false, /^Slot 'x' is gone\.$/],
    [
      'a failure of Azure is its own message',
      new AzureFailure('Could not look.', { operation: 'look', kind: 'server' }),
      false,
      /^Could not look\.$/,
    ],
    [
      'anything else is our bug',
      new TypeError('x is not a function'),
      false,
      /^This is a bug in this extension: x is not a function$/,
    ],
    ['something thrown that is no error is our bug', 'boom', false, /bug in this extension: boom/],
    ['an error without words is our bug', new Error(''), false, /an error without a message/],
    ['a cancel says how to go on', new Cancelled(), true, /^The run was cancelled\. Run the task again/],
    [
      'a cancel with a story of its own tells that',
      new Cancelled('The swap still runs.'),
      true,
      /^The swap still runs\.$/,
    ],
    [
      'an aborted request after a cancel is the cancel',
      abortError,
      true,
      /^The run was cancelled\. Run the task again/,
    ],
    ['an aborted request without a cancel is our bug', abortError, false, /bug in this extension: aborted/],
    ['a failure after a cancel tells both', new Refusal('It is gone.'), true, /^The run was cancelled\. It is gone\.$/],
  ]
  for (const [what, error, cancelled, message] of failures) {
    it(`failed: ${what}`, () => {
      const ending = endingOfError(error, cancelled)
      assert.equal(ending.result, 'failed')
      assert.match(ending.message, message)
      assert.doesNotMatch(ending.message, /\n\s+at /)
    })
  }

  it('keeps stacks, causes included, for the debug log only', () => {
    const ending = endingOfError(new Error('outer', { cause: new Error('inner') }), false)
    assert.match(ending.debug ?? '', /outer[\s\S]+caused by Error: inner/)
    assert.doesNotMatch(ending.message, /inner/)
  })
})
