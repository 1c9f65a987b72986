import { Refusal } from '../core/failures.ts'
import type { Evidence, LookAtHub } from '../core/task-hub/idle-proof/evidence.ts'
import type { HubName } from '../core/task-hub/name.ts'
import { waitUntilIdle } from '../core/task-hub/idle-proof/prove-idle.ts'
import type { Deps } from './deps.ts'

/** Long enough for a message that was sent before its row, or a row before its message, to show in the second proof. */
const quietPeriodMs = 5_000
const pollIntervalMs = 10_000

/** One verdict, now: an idle one over two proofs. What stands in the way is the caller's to judge. */
export async function quietProof(
  deps: Pick<Deps, 'clock' | 'log'> & { readonly hub: HubName },
  look: LookAtHub,
  signal: AbortSignal,
): Promise<Evidence> {
  const { evidence } = await waitUntilIdle({ ...deps, look }, { timeoutMs: 0, pollIntervalMs, quietPeriodMs }, signal)
  for (const warning of evidence.warnings) deps.log.warn(warning)
  return evidence
}

/**
 * Two proofs that the hub is idle, taken now. With `waitMs` it waits for the work to end that long. Throws `Refusal` that
 * says what still runs, and what to do.
 */
export async function requireIdleNow(
  deps: Pick<Deps, 'clock' | 'log'>,
  question: { readonly look: LookAtHub; readonly where: string; readonly remedy: string; readonly waitMs?: number },
  signal: AbortSignal,
): Promise<Evidence> {
  const proof = await waitUntilIdle(
    { ...deps, look: question.look },
    { timeoutMs: question.waitMs ?? 0, pollIntervalMs, quietPeriodMs },
    signal,
  )
  const { evidence } = proof
  for (const warning of evidence.warnings) deps.log.warn(warning)
  if (evidence.verdict === 'idle') return evidence
  const state = evidence.verdict === 'busy' ? 'busy' : 'not proven idle'
  throw new Refusal(
    `Task hub '${evidence.hub.name}' of ${question.where} is ${state}: ${evidence.because}. ${question.remedy}`,
  )
}
