import type { Clock } from '../core/ports.ts'

/**
 * Makes a thing when it is asked for first, and gives everybody the same one. A failure is everybody's too; who asks later than
 * `retryAfterMs` after it has it tried again, so that a crowd of requests does not become a crowd of attempts.
 */
export function madeOnce<Thing>(
  make: () => Promise<Thing>,
  { clock, retryAfterMs }: { readonly clock: Pick<Clock, 'now'>; readonly retryAfterMs: number },
): () => Promise<Thing> {
  let made: Promise<Thing> | undefined
  let failedAt: number | undefined
  return async () => {
    const isOver = failedAt !== undefined && clock.now().getTime() - failedAt >= retryAfterMs
    if (!made || isOver) {
      failedAt = undefined
      made = make()
      made.catch(() => (failedAt = clock.now().getTime()))
    }
    return await made
  }
}
