import { asClause, AzureFailure } from '../../core/failures.ts'
import { messagesIn, type HubMark, type HubMarks } from '../../core/lifecycle/hub-mark.ts'
import { heardSince, withoutInstances } from '../../core/lifecycle/hints.ts'
import type { Log } from '../../core/ports.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import type { Ask, Evidence, LookAtHub } from '../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../core/task-hub/idle-proof/idle.ts'
import type { IdlePolicy } from '../../core/task-hub/idle-proof/policy.ts'
import { waitUntilIdle } from '../../core/task-hub/idle-proof/prove-idle.ts'
import type { TaskHubs } from '../../core/task-hub/ports.ts'
import type { Documents } from '../documents/documents.ts'
import { changeHints, readHints } from '../documents/hints-document.ts'
import { parseProofs, proofKey, withProof, type ProofDocument } from '../documents/proof-document.ts'
import type { ServiceDeps } from '../watched.ts'

export type HubQuestion = {
  readonly hubs: TaskHubs & HubMarks
  readonly hub: Hub
  readonly policy: IdlePolicy
}

export type Proven = {
  /** `idle` only after two full looks with nothing heard of the hub that counts, and nothing new in its queues, while they were made. */
  readonly evidence: Evidence
  /** Set where it is idle. */
  readonly kept?: ProofDocument
}

/** A policy as one text, by which proofs are told apart. */
export function policyText({ entityPolicy, acceptInvisibleMessages, ignoreInstances }: IdlePolicy): string {
  const ignored = ignoreInstances.map(({ field, pattern }) => `${field}:${pattern}`).toSorted()
  return JSON.stringify([entityPolicy, acceptInvisibleMessages, ignored])
}

/**
 * One verdict on a hub, now: busy and unknown after one look, idle after two and the quiet period between them; what an idle
 * one leaves is kept. What `remembered` blocked before is read first. Throws `AzureFailure` of the service's own storage, and
 * `Cancelled`.
 */
export async function prove(
  { documents, clock, quietPeriodMs }: Pick<ServiceDeps, 'documents' | 'clock' | 'quietPeriodMs'>,
  { hubs, hub, policy }: HubQuestion,
  remembered: Evidence | undefined,
  signal: AbortSignal,
): Promise<Proven> {
  const heard = await readHints(documents, hub.name, signal)
  const before = await markOrWhy({ hubs, hub }, signal)
  if ('verdict' in before) return { evidence: before }
  const look = beginningWith(remembered, async (now, ask) => await hubs.look(hub.name, policy, now, ask))
  const options = { timeoutMs: 0, pollIntervalMs: quietPeriodMs, quietPeriodMs }
  const { evidence } = await waitUntilIdle({ look, clock, log: silent, hub: hub.name }, options, signal)
  if (evidence.verdict !== 'idle') return { evidence }

  const after = await markOrWhy({ hubs, hub }, signal)
  if ('verdict' in after) return { evidence: after }
  // As many may have gone, with the last worker, before the first look as came after the last: the marks would be the same.
  if (messagesIn(after) !== evidence.counts.queuedMessages) {
    return { evidence: { ...evidence, verdict: 'busy', because: 'its queues changed while it was being proven' } }
  }
  const { generation } = heard
  if (heardSince(await readHints(documents, hub.name, signal), generation, policy)) {
    return { evidence: heardMeanwhile(evidence) }
  }
  const kept: ProofDocument = {
    proof: { generation, policy: policyText(policy), beganAt: before.at, provenAt: after.at, before, after },
    because: evidence.because,
    counts: evidence.counts,
    warnings: evidence.warnings,
  }
  await keep(documents, hub, kept, signal)
  const ended = new Set(heard.running.map(({ id }) => id))
  if (ended.size > 0) await changeHints(documents, hub.name, (hints) => withoutInstances(hints, ended), signal)
  return { evidence, kept }
}

export function heardMeanwhile(evidence: Evidence): Evidence {
  return { ...evidence, verdict: 'busy', because: 'lifecycle events of it came in while it was being proven' }
}

/** The hub's mark, or evidence that says why it cannot be read. */
export async function markOrWhy(
  { hubs, hub }: Pick<HubQuestion, 'hubs' | 'hub'>,
  signal: AbortSignal,
): Promise<HubMark | Evidence> {
  try {
    return await hubs.mark(hub.name, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return unknownEvidence(hub, 'storage', asClause(error.message))
  }
}

/** Where another process was quicker its proof is as good. */
async function keep(documents: Documents, hub: Hub, kept: ProofDocument, signal: AbortSignal): Promise<void> {
  const key = proofKey(hub)
  const stored = await documents.read('proof', key, signal)
  const known = parseProofs(stored?.text)
  const all = withProof(known, kept)
  if (all !== known) await documents.write({ kind: 'proof', key, text: JSON.stringify(all) }, stored?.etag, signal)
}

/** The first look begins with what blocked when the hub was looked at last. */
function beginningWith(remembered: Evidence | undefined, look: LookAtHub): LookAtHub {
  let isFirst = true
  return async (signal, ask: Ask = {}) => {
    const begin = isFirst && remembered ? { ...ask, before: remembered } : ask
    isFirst = false
    return await look(signal, begin)
  }
}

/** What a proof says while it is made has nobody to hear it. */
const silent: Log = { info: () => undefined, warn: () => undefined, progress: () => undefined }
