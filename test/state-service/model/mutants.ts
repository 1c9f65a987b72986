// Services that lack one part of the rules each. The model must find each of them out, or it proves nothing of the part.
import type { HubMark } from '../../../core/lifecycle/hub-mark.ts'
import { noCounts } from '../../../core/task-hub/idle-proof/idle.ts'
import { waitUntilIdle } from '../../../core/task-hub/idle-proof/prove-idle.ts'
import { statusContract, type StatusReply } from '../../../state-service/contract.ts'
import { createService } from '../../../state-service/create-service.ts'
import type { Documents } from '../../../state-service/documents/documents.ts'
import { readHints } from '../../../state-service/documents/hints-document.ts'
import { proofKey, type ProofDocument } from '../../../state-service/documents/proof-document.ts'
import { markOrWhy, policyText, type HubQuestion, type Proven } from '../../../state-service/verdict/prove.ts'
import { Prover, type Asked } from '../../../state-service/verdict/prover.ts'
import type { StateService, StatusQuestion } from '../../../state-service/service.ts'
import { readStatus } from '../../../state-service/verdict/status.ts'
import type { ServiceDeps } from '../../../state-service/watched.ts'
import { home } from './model-hubs.ts'
import type { Mutant } from './history.ts'

/** `says`: what is wrong with its answer where it shows. */
export const mutants: Readonly<Record<string, Mutant & { readonly says: RegExp }>> = {
  'counts starts and ends': { says: /had told|before its first look/, service: counting },
  'keeps a proof without a look at the queues': { says: /was a message|had arrived/, mark: withoutQueues },
  'keeps a proof without a look at the partitions': { says: /had arrived|had told/, mark: withoutPartitions },
  'reads what was heard after the looks': {
    mostly: 'heard',
    says: /had told|was heard/,
    service: (deps) => proving(deps, { hearsLate: true }),
  },
  'hears nothing at the end of a proof': {
    mostly: 'heard',
    says: /was heard|had told/,
    service: (deps) => proving(deps, { hearsNothing: true }),
  },
  'proves by one look': {
    says: /before its first look|when the proof began/,
    service: (deps) => proving(deps, { oneLook: true }),
  },
  'forgets in a clean-up that anything was heard': { mostly: 'cleanUps', says: /had told/, service: forgetting },
  'keeps a proof for every policy': { says: /Forever/, service: forEveryPolicy },
}

/** What was started and has not ended runs, and nothing else does. */
function counting(deps: ServiceDeps): StateService {
  const real = createService(deps)
  let running = 0
  return {
    ...real,
    takeEvents: async (events, signal) => {
      await real.takeEvents(events, signal)
      for (const { status } of events) running += status === 'Running' ? 1 : -1
    },
    status: (question) => Promise.resolve(countedReply(question, deps.clock.now(), running)),
  }
}

function countedReply({ app, slot }: StatusQuestion, now: Date, running: number): StatusReply {
  return {
    contract: statusContract,
    app,
    slot,
    taskHub: home,
    verdict: running > 0 ? 'busy' : 'idle',
    because: `${running} running`,
    grounds: 'look',
    askedAt: now.toISOString(),
    lastProof: null,
    counts: noCounts,
    atLeast: false,
    inFlightByName: {},
    inFlightByVersion: {},
    oldest: null,
    evidence: { source: 'storage', notChecked: [], warnings: [], storageRequests: 0 },
    announced: null,
  }
}

function withoutQueues(mark: HubMark): HubMark {
  return { ...mark, queues: mark.queues.map(({ name }) => ({ name, messages: 0, visible: 0 })) }
}

function withoutPartitions(mark: HubMark): HubMark {
  return { ...mark, partitions: [{ on: 'row 0', tag: '1', live: false }] }
}

type Wrong = { readonly hearsLate?: boolean; readonly hearsNothing?: boolean; readonly oneLook?: boolean }

function proving(deps: ServiceDeps, wrong: Wrong): StateService {
  const prover = new WrongProver(deps, wrong)
  return {
    ...createService(deps),
    status: (question, signal) => readStatus({ ...deps, prover }, question, signal),
    reconcile: () => Promise.resolve(),
  }
}

class WrongProver extends Prover {
  readonly #deps: ServiceDeps
  readonly #wrong: Wrong
  readonly #running = new Map<string, Asked>()

  constructor(deps: ServiceDeps, wrong: Wrong) {
    super(deps)
    this.#deps = deps
    this.#wrong = wrong
  }

  override ask(question: HubQuestion, { maxAgeMs }: { readonly maxAgeMs: number }): Asked {
    const key = `${proofKey(question.hub)} ${policyText(question.policy)}`
    const now = this.#deps.clock.now()
    const running = this.#running.get(key)
    if (running && maxAgeMs > 0 && now.getTime() - running.since.getTime() <= maxAgeMs) return running
    const asked = { since: now, proven: proveWrongly(this.#deps, question, this.#wrong) }
    this.#running.set(key, asked)
    const over = () => this.#running.get(key) === asked && this.#running.delete(key)
    asked.proven.then(over, over)
    return asked
  }
}

/** As `prove`, but for what is wrong. */
async function proveWrongly(
  { documents, clock, quietPeriodMs, log, lifetime: signal }: ServiceDeps,
  { hubs, hub, policy }: HubQuestion,
  { hearsLate, hearsNothing, oneLook }: Wrong,
): Promise<Proven> {
  let { generation } = await readHints(documents, hub.name, signal)
  const before = await markOrWhy({ hubs, hub }, signal)
  if ('verdict' in before) return { evidence: before }
  const options = { timeoutMs: 0, pollIntervalMs: quietPeriodMs, quietPeriodMs }
  const look = (_: AbortSignal, ask = {}) => hubs.look(hub.name, policy, signal, ask)
  const evidence = oneLook ? await look(signal) : (await waitUntilIdle({ look, clock, log }, options, signal)).evidence
  if (evidence.verdict !== 'idle') return { evidence }
  const after = await markOrWhy({ hubs, hub }, signal)
  if ('verdict' in after) return { evidence: after }
  const heard = (await readHints(documents, hub.name, signal)).generation
  if (hearsLate) generation = heard
  if (heard !== generation && !hearsNothing) return { evidence: { ...evidence, verdict: 'busy' } }
  const proof = { generation, policy: policyText(policy), beganAt: before.at, provenAt: after.at, before, after }
  const kept: ProofDocument = { proof, because: '', counts: evidence.counts, warnings: [] }
  const stored = await documents.read('proof', proofKey(hub), signal)
  await documents.write({ kind: 'proof', key: proofKey(hub), text: JSON.stringify(kept) }, stored?.etag, signal)
  return { evidence, kept }
}

function forgetting(deps: ServiceDeps): StateService {
  const real = createService(deps)
  return {
    ...real,
    cleanUp: async (app, cleanup, signal) => {
      const reply = await real.cleanUp(app, cleanup, signal)
      if ('noted' in reply) await deps.documents.remove('hints', cleanup.taskHub.name.toLowerCase(), signal)
      return reply
    },
  }
}

/** The proof is shown to each question as one by its own policy. */
function forEveryPolicy(
  deps: ServiceDeps,
  questionOf: (signal: AbortSignal) => StatusQuestion | undefined,
): StateService {
  const documents: Documents = {
    ...deps.documents,
    read: async (kind, key, signal) => {
      const stored = await deps.documents.read(kind, key, signal)
      const question = questionOf(signal)
      if (kind !== 'proof' || !stored || !question) return stored
      const [newest] = JSON.parse(stored.text) as readonly ProofDocument[]
      if (!newest) return stored
      const proof = { ...newest.proof, policy: policyText(question.policy) }
      return { ...stored, text: JSON.stringify([{ ...newest, proof }]) }
    },
  }
  return createService({ ...deps, documents })
}
