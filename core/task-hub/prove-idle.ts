import { Cancelled } from '../failures.ts'
import type { Clock, Log } from '../ports.ts'
import type { Evidence, LookAtHub } from './evidence.ts'

export type WaitOptions = {
  /** 0 = one verdict; an idle one still takes its two proofs. */
  readonly timeoutMs: number
  readonly pollIntervalMs: number
  /** How far apart the two proofs of an idle hub are. */
  readonly quietPeriodMs: number
}

export type IdleProof = {
  /** The last look. `idle` only where two looks in a row, a quiet period apart, were idle. */
  readonly evidence: Evidence
  /** Idle looks in a row at the end: 2 is proven. */
  readonly proofs: 0 | 1 | 2
  readonly waitedMs: number
  /** True where the time ran out before the hub was proven idle; never for a timeout of 0. */
  readonly timedOut: boolean
}

/**
 * Waits until the hub is proven idle:
 * 1. idle must hold over two full looks a quiet period apart, because a message can be in a queue before its row exists
 *    (DT AzureStorageOrchestrationService.cs:1778-1797), and a row can be gone before its children have one;
 * 2. busy and unknown are looked at again until the deadline, and end as what the last look said;
 * 3. nothing starts after the deadline but the second proof of an idle look.
 * Rejects with `Cancelled` as soon as the signal aborts.
 */
export async function waitUntilIdle(
  { look, clock, log }: { readonly look: LookAtHub; readonly clock: Clock; readonly log: Log },
  { timeoutMs, pollIntervalMs, quietPeriodMs }: WaitOptions,
  signal: AbortSignal,
): Promise<IdleProof> {
  const start = clock.now().getTime()
  const waited = () => clock.now().getTime() - start
  const lookNow = () => orCancelled(() => look(signal), signal)
  for (;;) {
    let evidence = await lookNow()
    let proofs: IdleProof['proofs'] = 0
    if (evidence.verdict === 'idle') {
      log.info(`Task hub '${evidence.hub.name}' looks idle. Looking again in ${seconds(quietPeriodMs)}.`)
      await orCancelled(() => clock.sleep(quietPeriodMs, signal), signal)
      evidence = await lookNow()
      proofs = evidence.verdict === 'idle' ? 2 : 0
    }
    const waitedMs = waited()
    const left = timeoutMs - waitedMs
    if (proofs === 2 || left <= 0) {
      return { evidence, proofs, waitedMs, timedOut: timeoutMs > 0 && proofs !== 2 }
    }
    log.progress(Math.floor((100 * waitedMs) / timeoutMs), describe(evidence, waitedMs, timeoutMs))
    await orCancelled(() => clock.sleep(Math.min(pollIntervalMs, left), signal), signal)
  }
}

function describe({ hub, verdict, because }: Evidence, waitedMs: number, timeoutMs: number): string {
  const state = verdict === 'unknown' ? 'could not be judged' : 'is busy'
  return `Task hub '${hub.name}' ${state}: ${because}. Waited ${seconds(waitedMs)} of ${seconds(timeoutMs)}.`
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}

/** A look that does not notice the cancel must not hold it up. */
async function orCancelled<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new Cancelled()
  let cancel = () => {}
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => {
      reject(new Cancelled())
    }
    signal.addEventListener('abort', cancel, { once: true })
  })
  try {
    return await Promise.race([act(), cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
