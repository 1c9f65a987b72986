import type { Suite } from '../suite.ts'
import { openMalformed } from './malformed/open.ts'

/** So many that of 10,000 of them nobody could tell any more what was asked. */
const cases = { full: 14_000, short: 60 }

export const malformedStorage: Suite = {
  name: 'malformed-storage',
  shows: 'a malformed answer of storage or of a host ends in a failure that names the call, and changes nothing',
  open: (form) => openMalformed(['storage', 'host'], cases[form]),
}
