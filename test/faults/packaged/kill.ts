import { pointsSuite } from './points-suite.ts'

/** A process that is killed leaves what its requests did; the next one has to find its way from there. */
export const kill = pointsSuite({
  name: 'kill',
  shows: 'killed at any request and run again, a deployment ends as if it had not been',
  shortCases: 4,
  mutant: { kind: 'swapsAgain', caught: /swaps that were made: expected '1', found '[23]'/ },
  strike: (point) => ({
    point,
    signal: 'SIGKILL',
    request: 'held',
    judge: (run) => (run.reported === undefined ? undefined : `the killed task still said ${run.reported}`),
  }),
})
