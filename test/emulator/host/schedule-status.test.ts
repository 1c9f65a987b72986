import assert from 'node:assert/strict'
import type { ScheduleStatus } from '../../../emulator/host/schedule-status.ts'
import { resumeSchedule } from '../../../emulator/host/schedule-status.ts'

const everyTen = (moment: number) => (Math.floor(moment / 10) + 1) * 10

describe('the schedule of a timer after a restart', () => {
  const cases: [string, ScheduleStatus | undefined, number, { next: number; isPastDue: boolean; isNew: boolean }][] = [
    ['a timer never seen waits for its next occurrence', undefined, 13, { next: 20, isPastDue: false, isNew: true }],
    [
      'one that has run waits',
      { last: 10, next: 20, lastUpdated: 10 },
      15,
      { next: 20, isPastDue: false, isNew: false },
    ],
    [
      'a missed one is past due',
      { last: 10, next: 20, lastUpdated: 10 },
      47,
      { next: 20, isPastDue: true, isNew: false },
    ],
    [
      'one that never ran is past due too',
      { last: 0, next: 20, lastUpdated: 13 },
      21,
      { next: 20, isPastDue: true, isNew: false },
    ],
    [
      'a changed schedule waits',
      { last: 10, next: 25, lastUpdated: 10 },
      47,
      { next: 50, isPastDue: false, isNew: true },
    ],
    [
      'a changed schedule that is not due yet',
      { last: 10, next: 13, lastUpdated: 10 },
      15,
      { next: 20, isPastDue: false, isNew: true },
    ],
  ]
  for (const [what, stored, now, expected] of cases) {
    it(what, () => {
      const { status, isNew, isPastDue } = resumeSchedule(stored, now, everyTen)
      assert.deepEqual({ next: status.next, isPastDue, isNew }, expected)
    })
  }
})
