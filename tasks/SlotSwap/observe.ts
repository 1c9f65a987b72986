import type { FailureShare } from '../../core/swap/failure-share.ts'
import type { Health } from '../../core/swap/health.ts'
import type { Deps } from '../deps.ts'
import { failureSentence } from './failure-report.ts'
import { openFailureShare } from './failure-share.ts'
import type { DoneSwap } from './open-swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

/** `failureShare` not set: it was not to be judged, or the slot was not healthy before it was. */
export type Observed = Health & { readonly failureShare?: FailureShare | undefined }

type Observation = DoneSwap & {
  /** Asks the slot's host and path, patiently. */
  readonly ask: (signal: AbortSignal) => Promise<Health>
}

const pollMs = 15_000

/**
 * Asks the slot until it is healthy, then judges what has begun on its hub, and both again for as long as is wanted. Ends
 * with the first answer that is unhealthy; that there is no data is none.
 */
export async function observe(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan, swappedAt, ask }: Observation,
  signal: AbortSignal,
): Promise<Observed> {
  const { clock, log } = deps
  const { failureLimit: limit, observeMs } = wanted
  let health = await ask(signal)
  if (!health.healthy) return health
  const judge = limit && (await openFailureShare(wanted, deps, { app, plan, swappedAt, limit }, signal))
  const startedAt = clock.now().getTime()
  for (;;) {
    const failureShare = await judge?.(signal)
    const told = failureShare === undefined ? '' : failureSentence(failureShare)
    if (failureShare?.verdict === 'unhealthy') return { healthy: false, because: failureShare.because, failureShare }
    const left = observeMs - (clock.now().getTime() - startedAt)
    if (left <= 0) {
      if (told !== '') log.info(told)
      return { healthy: true, failureShare }
    }
    log.progress(
      Math.round(100 * (1 - left / observeMs)),
      `observing slot '${plan.target.slot.name}' for ${Math.ceil(left / 1000)} s more. ${told}`.trim(),
    )
    await clock.sleep(Math.min(pollMs, left), signal)
    health = await ask(signal)
    if (!health.healthy) return { ...health, failureShare }
  }
}
