import { isObject, parseJson } from '../../core/json.ts'
import type { HubMark } from '../../core/lifecycle/hub-mark.ts'
import type { KeptProof } from '../../core/lifecycle/kept-proof.ts'
import type { Counts } from '../../core/task-hub/idle-proof/evidence.ts'
import { noCounts } from '../../core/task-hub/idle-proof/idle.ts'
import type { Hub } from '../../core/task-hub/hub.ts'

/** A kept proof with what is told of it. */
export type ProofDocument = {
  readonly proof: KeptProof
  readonly because: string
  readonly counts: Counts
  readonly warnings: readonly string[]
}

/** The key of a hub's proofs. */
export function proofKey({ account, name }: Hub): string {
  return `${account.id}/${name}`.toLowerCase()
}

/** Proofs of one hub that are kept beside each other, by policies that differ. */
const mostProofs = 5

/** What is kept of a hub, newest first. What is not exactly such a document is left out: then nothing is proven. */
export function parseProofs(text: string | undefined): readonly ProofDocument[] {
  const value = text === undefined ? undefined : parseJson(text)
  return Array.isArray(value) ? value.map(proofIn).filter((proof) => proof !== undefined) : []
}

/** The proofs with one more, in place of the one by the same policy unless that is newer. */
export function withProof(proofs: readonly ProofDocument[], proof: ProofDocument): readonly ProofDocument[] {
  const same = proofs.find((each) => each.proof.policy === proof.proof.policy)
  if (same && same.proof.beganAt > proof.proof.beganAt) return proofs
  return [proof, ...proofs.filter((each) => each !== same)].slice(0, mostProofs)
}

function proofIn(value: unknown): ProofDocument | undefined {
  if (!isObject(value) || !isObject(value['proof']) || !areCounts(value['counts'])) return undefined
  const { proof, because, warnings, counts } = value
  const [before, after] = [markOf(proof['before']), markOf(proof['after'])]
  const [beganAt, provenAt] = [dateOf(proof['beganAt']), dateOf(proof['provenAt'])]
  const { generation, policy } = proof
  if (!before || !after || !beganAt || !provenAt || !Number.isInteger(generation)) return undefined
  if (typeof policy !== 'string' || typeof because !== 'string' || !areTexts(warnings)) return undefined
  const kept: KeptProof = { generation: generation as number, policy, beganAt, provenAt, before, after }
  return { proof: kept, because, counts, warnings }
}

function markOf(value: unknown): HubMark | undefined {
  if (!isObject(value)) return undefined
  const at = dateOf(value['at'])
  const { queues, partitions } = value
  if (!at || !Array.isArray(queues) || !Array.isArray(partitions)) return undefined
  const areQueues = queues.every(
    (queue: unknown) =>
      isObject(queue) &&
      typeof queue['name'] === 'string' &&
      Number.isInteger(queue['messages']) &&
      Number.isInteger(queue['visible']),
  )
  const arePartitions = partitions.every(
    (partition: unknown) =>
      isObject(partition) &&
      typeof partition['on'] === 'string' &&
      typeof partition['tag'] === 'string' &&
      typeof partition['live'] === 'boolean',
  )
  if (!areQueues || !arePartitions) return undefined
  return { at, queues: queues as HubMark['queues'], partitions: partitions as HubMark['partitions'] }
}

function areCounts(value: unknown): value is Counts {
  const counts = isObject(value) ? value : {}
  return Object.keys(noCounts).every((name) => Number.isInteger(counts[name]))
}

function dateOf(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date && !Number.isNaN(date.getTime()) ? date : undefined
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
