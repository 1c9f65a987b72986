import type { Strike } from './interrupted.ts'
import type { Ran } from './job.ts'
import { pointsSuite } from './points-suite.ts'

/** What the agent waits between SIGINT and SIGTERM is 7.5 s; all has to be said before that. */
const mostMs = 7000

/** The signal comes while a request is out, which in one case of two is answered nevertheless. */
export const cancel = pointsSuite({
  name: 'cancel',
  shows: 'cancelled at any request, a task is out in 7 s, says how to go on, and goes on when run again',
  shortCases: 4,
  mutant: { kind: 'alwaysGreen', caught: /it said Succeeded/ },
  strike: (point, index) => {
    const request = index % 2 === 0 ? 'held' : 'goesOn'
    const signal = index % 6 === 5 ? 'SIGTERM' : 'SIGINT'
    return { point, signal, request, judge: (run) => judge(run, request) }
  },
  count: ({ struck }, figures) => {
    const name = 'most ms from the signal to the end'
    figures[name] = Math.max(figures[name] ?? 0, Math.round(struck?.child.endedAfterMs ?? 0))
  },
})

function judge({ raw, reported, exitCode, message, child }: Ran, request: Strike['request']): string | undefined {
  const results = raw.split('\n').filter((line) => line.startsWith('##vso[task.complete '))
  if (child.hung) return 'it did not end'
  if ((child.endedAfterMs ?? Infinity) > mostMs) return `it took ${Math.round(child.endedAfterMs ?? 0)} ms to end`
  if (exitCode !== 0) return `it ended with exit code ${String(exitCode)}`
  if (results.length !== 1) return `it told ${results.length} results`
  // The answer to its last request may be there before the signal is: the work is done and told by then.
  if (request === 'goesOn' && reported === 'Succeeded') return undefined
  if (reported !== 'Failed') return `it said ${String(reported)}: ${message}`
  if (!/cancelled/i.test(message)) return `it does not say that it was cancelled: ${message}`
  if (!/\bagain\b|its work was done/.test(message)) return `it does not say how to go on: ${message}`
  return undefined
}
