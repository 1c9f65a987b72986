import type { Suite } from '../suite.ts'
import { openMalformed } from './malformed/open.ts'

/** So many that of 10,000 of them nobody could tell any more what was asked. */
const cases = { full: 15_000, short: 60 }

export const malformedArm: Suite = {
  name: 'malformed-arm',
  shows: 'a malformed answer of Resource Manager ends in a failure that names the call, and changes nothing',
  open: (form) => openMalformed(['arm'], cases[form]),
}
