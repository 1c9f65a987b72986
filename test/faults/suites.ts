// The suites that npm run test:faults plays, in this order.
import type { Form, Suite } from './suite.ts'

export type Listed = {
  /** The suite's own name. */
  readonly name: string
  /** How much faster than real time its processes live; 1: not at all. */
  readonly hurry: number
  /** After that many real seconds of playing the short form begins no more cases. */
  readonly shortSeconds: number
  /** Where it is of one form only: in the other it is played when it is named, and not among all. */
  readonly only?: Form
  /** It plays the tasks of the .vsix, which is made first where there is none, or an old one. */
  readonly ofPackage?: true
  readonly load: () => Promise<Suite>
}

/** Of the suites of packaged tasks the short form plays a sample together, since they are dear to open. */
function packaged(name: keyof typeof import('./suites/packaged.ts'), only: Form): Listed {
  const load = async () => (await import('./suites/packaged.ts'))[name]
  return { name, hurry: 20, shortSeconds: 35, only, ofPackage: true, load }
}

export const suites: readonly Listed[] = [
  packaged('kill', 'full'),
  packaged('cancel', 'full'),
  packaged('mixed', 'full'),
  packaged('beside', 'full'),
  packaged('packaged', 'short'),
  { name: 'rivals', hurry: 1, shortSeconds: 8, load: async () => (await import('./suites/rivals.ts')).rivals },
  { name: 'cleanup', hurry: 1, shortSeconds: 8, load: async () => (await import('./suites/cleanup.ts')).cleanup },
  {
    name: 'lost-replies',
    hurry: 1,
    shortSeconds: 6,
    load: async () => (await import('./suites/lost-replies.ts')).lostReplies,
  },
  {
    name: 'malformed-arm',
    hurry: 1,
    shortSeconds: 6,
    load: async () => (await import('./suites/malformed-arm.ts')).malformedArm,
  },
  {
    name: 'malformed-storage',
    hurry: 1,
    shortSeconds: 6,
    load: async () => (await import('./suites/malformed-storage.ts')).malformedStorage,
  },
  {
    name: 'deployments',
    hurry: 1,
    shortSeconds: 8,
    load: async () => (await import('./suites/deployments.ts')).deployments,
  },
]
