// What must hold of every answer, told from the world itself.
import type { IdlePolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import type { StatusReply } from '../../../state-service/contract.ts'
import { policyText } from '../../../state-service/verdict/prove.ts'
import { workIn, type Work } from '../../model/oracle.ts'
import { isIgnored } from '../../model/state.ts'
import type { Courier } from './courier.ts'
import { home, type Azure, type MarkSeen, type ProofSeen } from './model-hubs.ts'

/** A status that was asked for, and the world when it was. */
export type Request = {
  readonly policy: IdlePolicy
  readonly maxProofAgeMs: number
  readonly signal: AbortSignal
  readonly moment: number
  readonly atMs: number
  /** How many events had been acknowledged. */
  readonly told: number
}

/** `stale`: idle, as the caller accepts it, although a proof made now would find work. */
export type Judged = { readonly wrong: readonly string[]; readonly isStale: boolean }

const right: Judged = { wrong: [], isStale: false }
const eventHoldsMs = 30_000

/** To be called at the moment of the answer. */
export function judge(azure: Azure, courier: Courier, request: Request, reply: StatusReply): Judged {
  const { taskHub } = reply
  if (reply.grounds === 'event') return { ...right, wrong: judgeEvent(azure, courier, reply) }
  if (reply.verdict !== 'idle' || taskHub?.account !== home.account || taskHub.name !== home.name) return right

  const ignores = request.policy.ignoreInstances.length > 0 ? isIgnored : () => false
  const work = workIn(azure.world, ignores)
  const wrong = work.filter((each) => wasTold(courier, request, each)).map(named('an event had told of'))
  const proofs = proofsOf(azure, request, reply)
  const mark = azure.marks.get(request.signal)
  if (reply.lastProof && proofs.length === 0) wrong.push('it was not proven when it says')

  if (reply.grounds !== 'keptProof') {
    // A mutant that proves nothing is held against the moment of the question.
    const since =
      proofs.length === 0 ? work.filter(({ origin }) => origin.at <= request.moment) : sinceBefore(proofs, work)
    wrong.push(...since.map(named('was there before its first look')))
    wrong.push(
      ...work.filter((each) => wasHeardMeanwhile(courier, proofs, each)).map(named('was heard of while it was proven')),
    )
    if (!isYoungEnough(request, proofs)) wrong.push('the proof is older than it may be')
    return { ...right, wrong }
  }
  if (!mark) return { ...right, wrong: [...wrong, 'kept without a mark'] }
  const arrived = work.filter((each) => hadArrived(mark, each))
  if (request.maxProofAgeMs === 0 || reply.keptBecause === 'noWorkerSince') {
    return { ...right, wrong: [...wrong, ...arrived.map(named('had arrived before the mark'))] }
  }
  wrong.push(...sinceBefore(proofs, work).map(named('was there when the proof began')))
  wrong.push(...mark.work.filter(({ key }) => !ignores(key)).map(named('was a message when the queue was counted')))
  if (proofs.every(({ before }) => mark.at - before.at > request.maxProofAgeMs))
    wrong.push('the proof is older than it may be')
  return { wrong, isStale: arrived.length > 0 }
}

/** Busy for an event: one was taken in within the last half minute. */
function judgeEvent({ world }: Azure, { spans }: Courier, { because }: StatusReply): string[] {
  const heardAt = Date.parse(/event of (\S+) says/.exec(because)?.[1] ?? '')
  if (!(world.now - heardAt < eventHoldsMs)) return [`busy for an event of long ago: ${because}`]
  const wasHeard = spans.some(({ from, until }) => from <= heardAt && heardAt <= until)
  return wasHeard ? [] : [`busy for an event that nobody delivered: ${because}`]
}

/** The proofs that the answer may rest on: two that began and ended at the same moments cannot be told apart. */
function proofsOf({ proofs }: Azure, { policy }: Request, { lastProof }: StatusReply): readonly ProofSeen[] {
  if (!lastProof) return []
  const [began, proven] = [Date.parse(lastProof.beganAt), Date.parse(lastProof.provenAt)]
  const same = proofs.filter(({ before, after }) => before.at === began && after?.at === proven)
  const own = same.filter((proof) => proof.policy === policyText(policy))
  return own.length > 0 ? own : same
}

function sinceBefore(proofs: readonly ProofSeen[], work: readonly Work[]): readonly Work[] {
  const missed = proofs.map(({ looks: [first] }) => work.filter((each) => first && hadArrived(first, each)))
  return missed.toSorted((one, other) => one.length - other.length)[0] ?? []
}

function hadArrived({ counted }: Pick<MarkSeen, 'counted'>, { origin }: Work): boolean {
  return origin.at <= (counted.get(origin.queue) ?? 0)
}

function wasTold({ told }: Courier, request: Request, { key, origin }: Work): boolean {
  return told.slice(0, request.told).some(({ published }) => published.key === key && origin.at <= published.at)
}

function wasHeardMeanwhile({ told }: Courier, proofs: readonly ProofSeen[], { key, origin }: Work): boolean {
  const events = told.filter(({ published }) => published.key === key && origin.at <= published.at)
  return (
    proofs.length > 0 &&
    proofs.every(({ after }) => events.some(({ ackedMoment }) => ackedMoment <= (after?.moment ?? 0)))
  )
}

function isYoungEnough({ maxProofAgeMs, moment, atMs }: Request, proofs: readonly ProofSeen[]): boolean {
  if (proofs.length === 0) return true
  if (maxProofAgeMs === 0) return proofs.some(({ looks: [first] }) => first !== undefined && first.began > moment)
  return proofs.some(({ before }) => before.at >= atMs - maxProofAgeMs)
}

function named(what: string): (work: Work) => string {
  return ({ kind, key, origin }) => `${kind} ${key} ${what} (from moment ${origin.at} in queue ${origin.queue})`
}
