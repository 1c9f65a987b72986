// The suites that npm run test:faults plays, in this order.
import type { Suite } from './suite.ts'

export type Listed = {
  /** The suite's own name. */
  readonly name: string
  /** How much faster than real time its processes live; 1: not at all. */
  readonly hurry: number
  /** After that many real seconds of playing the short form begins no more cases. */
  readonly shortSeconds: number
  readonly load: () => Promise<Suite>
}

export const suites: readonly Listed[] = [
  { name: 'kill', hurry: 20, shortSeconds: 25, load: async () => (await import('./suites/kill.ts')).kill },
  { name: 'cancel', hurry: 20, shortSeconds: 20, load: async () => (await import('./suites/cancel.ts')).cancel },
  { name: 'mixed', hurry: 20, shortSeconds: 20, load: async () => (await import('./suites/mixed.ts')).mixed },
  { name: 'beside', hurry: 20, shortSeconds: 20, load: async () => (await import('./suites/beside.ts')).beside },
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
