import { heardSince, isLeftOut, type HintedInstance } from '../../core/lifecycle/hints.ts'
import { standing } from '../../core/lifecycle/kept-proof.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../core/task-hub/idle-proof/idle.ts'
import type { Grounds } from '../contract.ts'
import { readHints } from '../documents/hints-document.ts'
import { parseProofs, proofKey, type ProofDocument } from '../documents/proof-document.ts'
import { heardMeanwhile, markOrWhy, policyText, type HubQuestion } from './prove.ts'
import type { Prover } from './prover.ts'
import type { ServiceDeps } from '../watched.ts'

export type HubVerdict = {
  readonly evidence: Evidence
  readonly grounds: Grounds
  readonly keptBecause?: 'noWorkerSince' | 'young'
  /** The last proof, whether it still holds or not. */
  readonly lastProof?: ProofDocument
}

/** An event says "busy" without any look for so long; then the hub is asked, for its end may never be told. */
const eventHoldsMs = 30_000

/**
 * Whether a hub is idle:
 * 1. busy at once where an event of the last moments says that something runs which counts;
 * 2. idle where a kept proof holds, by what is cheap to read;
 * 3. else as a look, or a proof, finds it; `unknown` where that takes longer than a request may, while it goes on.
 * Throws `AzureFailure` of the service's own storage, and `Cancelled`.
 */
export async function hubVerdict(
  deps: ServiceDeps & { readonly prover: Prover },
  question: HubQuestion & { readonly maxAgeMs: number; readonly waitMs: number },
  signal: AbortSignal,
): Promise<HubVerdict> {
  const { documents, clock, prover } = deps
  const { hub, policy, maxAgeMs } = question
  // Before anything of the hub: what is heard after it makes the proof void the next time.
  const hints = await readHints(documents, hub.name, signal)
  const proofs = parseProofs((await documents.read('proof', proofKey(hub), signal))?.text)
  const stored = proofs.find(({ proof }) => proof.policy === policyText(policy))
  const last = stored ? { lastProof: stored } : {}

  const isRecent = ({ heardAt }: HintedInstance) => clock.now().getTime() - Date.parse(heardAt) < eventHoldsMs
  const recent = hints.running.find((one) => isRecent(one) && !isLeftOut(one, policy))
  if (recent) return { ...last, evidence: saidToRun(question, recent), grounds: 'event' }

  if (stored) {
    const mark = await markOrWhy(question, signal)
    if ('verdict' in mark) return { ...last, evidence: mark, grounds: 'none' }
    const isHeard = heardSince(hints, stored.proof.generation, policy)
    const held = standing(stored.proof, { heardSince: isHeard, policy: policyText(policy), mark, maxAgeMs })
    if (held.holds) {
      const evidence = keptEvidence(question, stored)
      return { evidence, grounds: 'keptProof', keptBecause: held.ground, lastProof: stored }
    }
  }

  const asked = prover.ask(question, { maxAgeMs })
  const proven = await deps.inTime(question.waitMs, asked.proven, signal)
  if (proven === 'late') {
    const because =
      `a proof of it has been under way since ${asked.since.toISOString()}: it goes on, and who waits longer for the answer ` +
      '(waitInSeconds), or accepts a proof that is older (maxProofAgeInSeconds), gets it'
    return { ...last, evidence: unknownEvidence(hub, 'storage', because), grounds: 'none' }
  }
  const { kept } = proven
  // Of a proof that others had begun: what was heard before this question came may have been heard after it had ended.
  const isContradicted = kept !== undefined && heardSince(hints, kept.proof.generation, policy)
  const evidence = isContradicted ? heardMeanwhile(proven.evidence) : proven.evidence
  const grounds = evidence.verdict === 'idle' ? 'proof' : evidence.verdict === 'busy' ? 'look' : 'none'
  return { ...last, evidence, grounds, ...(kept ? { lastProof: kept } : {}) }
}

function saidToRun({ hub }: HubQuestion, { id, name, heardAt }: HintedInstance): Evidence {
  const nothing = unknownEvidence(hub, 'storage', '')
  const because = `a lifecycle event of ${heardAt} says that '${remoteText(name)}' runs (instance '${remoteText(id)}')`
  return {
    ...nothing,
    verdict: 'busy',
    because,
    counts: { ...nothing.counts, running: 1 },
    inFlightByName: { [remoteText(name)]: 1 },
    partial: true,
  }
}

function keptEvidence({ hub }: HubQuestion, { because, counts, warnings }: ProofDocument): Evidence {
  return { ...unknownEvidence(hub, 'storage', because), verdict: 'idle', counts, warnings }
}
