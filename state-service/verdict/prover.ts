import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { policyText, prove, type HubQuestion, type Proven } from './prove.ts'
import { proofKey } from '../documents/proof-document.ts'
import type { ServiceDeps } from '../watched.ts'

/** Hubs whose last busy look is remembered. */
const mostRemembered = 100

type Lane = {
  running?: Promise<Proven>
  runningSince?: Date
  next?: Promise<Proven>
  /** The last look, where it was busy and another one in full would cost much. */
  remembered?: Evidence
}

export type Asked = {
  readonly proven: Promise<Proven>
  readonly since: Date
}

/**
 * Proves hubs, each by one proof at a time however many ask. Whoever asks gets a proof that began after the question; where an
 * older one will do, the one that is under way, unless it is older than that.
 */
export class Prover {
  readonly #deps: ServiceDeps
  readonly #lanes = new Map<string, Lane>()

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** A proof that is not older than `maxAgeMs` when it is asked for will do; 0 = none that has begun already. */
  ask(question: HubQuestion, { maxAgeMs }: { readonly maxAgeMs: number }): Asked {
    const key = `${proofKey(question.hub)} ${policyText(question.policy)}`
    const lane = this.#lane(key)
    const now = this.#deps.clock.now()
    const { running, runningSince: since } = lane
    const mayJoin = running && since && maxAgeMs > 0 && now.getTime() - since.getTime() <= maxAgeMs
    if (mayJoin) return { proven: running, since }
    if (lane.next) return { proven: lane.next, since: now }
    if (!running) return { proven: this.#start(lane, question), since: now }
    const next = running.then(
      () => this.#startNext(lane, question),
      () => this.#startNext(lane, question),
    )
    // Whoever asked may have gone before it fails.
    next.catch(() => undefined)
    lane.next = next
    return { proven: next, since: now }
  }

  #startNext(lane: Lane, question: HubQuestion): Promise<Proven> {
    delete lane.next
    return this.#start(lane, question)
  }

  #start(lane: Lane, question: HubQuestion): Promise<Proven> {
    lane.runningSince = this.#deps.clock.now()
    const running = this.#run(lane, question).finally(() => {
      if (lane.running === running) delete lane.running
    })
    lane.running = running
    // Whoever asked may have gone before it fails.
    running.catch(() => undefined)
    return running
  }

  async #run(lane: Lane, question: HubQuestion): Promise<Proven> {
    const proven = await prove(this.#deps, question, lane.remembered, this.#deps.lifetime)
    const { evidence } = proven
    const isWorthIt = evidence.verdict === 'busy' && evidence.memory && !isCheap(evidence.memory.requests)
    if (isWorthIt) lane.remembered = evidence
    else delete lane.remembered
    return proven
  }

  #lane(key: string): Lane {
    const known = this.#lanes.get(key) ?? {}
    this.#lanes.delete(key)
    this.#lanes.set(key, known)
    const [oldest] = this.#lanes.keys()
    if (this.#lanes.size > mostRemembered && oldest !== undefined && !this.#lanes.get(oldest)?.running) {
      this.#lanes.delete(oldest)
    }
    return known
  }
}

/** Requests up to which a look is repeated in full, so that what it tells is whole. */
function isCheap(requests: number): boolean {
  return requests <= 20
}
