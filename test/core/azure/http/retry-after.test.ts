import assert from 'node:assert/strict'
import { retryAfterMs } from '../../../../core/azure/http/retry-after.ts'

describe('the pause that an answer asks for', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const cases: [string, Record<string, string>, number | undefined][] = [
    ['is in seconds', { 'retry-after': '15' }, 15_000],
    ['may be none', { 'retry-after': '0' }, 0],
    ['may be a date', { 'retry-after': 'Fri, 02 Jan 2026 03:04:35 GMT' }, 30_000],
    ['is none where the date is past', { 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
    ['may be in milliseconds', { 'x-ms-retry-after-ms': '250', 'retry-after': '9' }, 250],
    ['is not told without a header', {}, undefined],
    ['is not told by a negative number', { 'retry-after': '-5' }, undefined],
    ['is not told by a fraction', { 'retry-after': '1.5' }, undefined],
    ['is not told by a word', { 'retry-after': 'soon' }, undefined],
  ]
  for (const [name, headers, expected] of cases) {
    it(name, () =>
      assert.equal(
        retryAfterMs((header) => headers[header], now),
        expected,
      ),
    )
  }

  it('is not told by a date to those who know no time', () => {
    assert.equal(
      retryAfterMs((header) => (header === 'retry-after' ? 'Fri, 02 Jan 2026 03:04:35 GMT' : undefined)),
      undefined,
    )
  })
})
