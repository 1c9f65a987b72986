// The suites that play the packaged tasks as processes, as the agent runs them.
import { beside as besidePart } from '../packaged/beside.ts'
import { cancel as cancelPart } from '../packaged/cancel.ts'
import { kill as killPart } from '../packaged/kill.ts'
import { mixed as mixedPart } from '../packaged/mixed.ts'
import { packagedSuite, severalInOne } from '../packaged/packaged-suite.ts'

export const kill = packagedSuite(killPart)
export const cancel = packagedSuite(cancelPart)
export const mixed = packagedSuite(mixedPart)
export const beside = packagedSuite(besidePart)

/** Some cases of each. */
export const packaged = severalInOne(
  { name: 'packaged', shows: 'of kill, cancel, mixed and beside a few cases each, with the packaged tasks' },
  [killPart, cancelPart, mixedPart, besidePart],
)
