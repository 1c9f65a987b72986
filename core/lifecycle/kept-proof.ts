import type { HubMark } from './hub-mark.ts'
import { areEmpty, sameQueues, stayedUnattended } from './hub-mark.ts'

/** What a proof that a hub is idle leaves behind, so that it need not be repeated while nothing contradicts it. */
export type KeptProof = {
  /** Of the hints when it began, read before anything of the hub was. */
  readonly generation: number
  /** How it was judged, as one text: a proof by another policy proves nothing for this one. */
  readonly policy: string
  /** When its first look began and its second had ended, by the storage account's clock. */
  readonly beganAt: Date
  readonly provenAt: Date
  /** Read before the first look, and after the second. */
  readonly before: HubMark
  readonly after: HubMark
}

export type Now = {
  /** Whether anything was heard of the hub since the proof's generation but of what its policy leaves out. */
  readonly heardSince: boolean
  readonly policy: string
  /** Read after what was heard. */
  readonly mark: HubMark
  /** How old a proof may be while a worker is alive on the hub: then a start whose events were all lost can hide for so long. */
  readonly maxAgeMs: number
}

export type Standing =
  /** `noWorkerSince`: nobody can have worked on the hub since. `young`: somebody can, and it is not older than it may be. */
  | { readonly holds: true; readonly ground: 'noWorkerSince' | 'young' }
  | { readonly holds: false; readonly because: string }

/** The storage account's clock is the Date header of its answers, which tells whole seconds: what has the same one may be so old. */
const clockTickMs = 1000

/**
 * Whether a kept proof still says that the hub is idle:
 * 1. it was judged by the same policy;
 * 2. nothing was heard of the hub since before it began, but of what the policy leaves out;
 * 3. its queues are the same, hold what they held, and show nothing: whatever begins work puts a message into a queue first
 *    (DT AzureStorageOrchestrationService.cs:1778-1797; a rewind right after, :1965-1983), and only a worker takes one out;
 * 4. no worker held a partition since before it began, so that nothing was taken out; or its queues are empty, and it began
 *    no longer ago than the caller accepts. An orchestration that waits for nothing but an event from outside is in no queue:
 *    while a worker is alive, only its row, or an event that may be lost, tells of it. Nor does a count tell a timer that was
 *    left behind from the start that came when it had gone.
 */
export function standing(proof: KeptProof, now: Now): Standing {
  if (proof.policy !== now.policy) return { holds: false, because: 'it was proven by another policy' }
  if (now.heardSince) return { holds: false, because: 'something was heard of it since' }
  if (!sameQueues(proof.before, now.mark) || !sameQueues(proof.after, now.mark)) {
    return { holds: false, because: 'its queues changed since' }
  }
  if (stayedUnattended(proof.before, now.mark) && stayedUnattended(proof.after, now.mark)) {
    return { holds: true, ground: 'noWorkerSince' }
  }
  if (!areEmpty(now.mark)) return { holds: false, because: 'a worker is alive on it, and its queues hold messages' }
  const ageMs = now.mark.at.getTime() - proof.beganAt.getTime() + clockTickMs
  if (ageMs >= clockTickMs && ageMs <= now.maxAgeMs) return { holds: true, ground: 'young' }
  return { holds: false, because: 'a worker is alive on it, and the proof is older than it may be' }
}
