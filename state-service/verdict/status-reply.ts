import type { AskedHub } from '../../core/task-hub/hub.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../core/task-hub/idle-proof/idle.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { ofSlot, sameToldHub, type AppState } from '../documents/app-state.ts'
import { statusContract, type Announced, type StatusReply, type ToldHub } from '../contract.ts'
import type { HubVerdict } from './hub-verdict.ts'

export type StatusFacts = {
  readonly app: string
  readonly slot: string
  readonly askedAt: Date
  readonly state: AppState
  readonly storageRequests: number
}

export function toldHub({ account, name }: AskedHub): ToldHub {
  return account ? { account: account.name, name } : { name }
}

/** What is answered of a slot whose hub was judged. */
export function statusReply(facts: StatusFacts, verdict: HubVerdict): StatusReply {
  const { evidence, grounds, keptBecause, lastProof } = verdict
  const { app, slot, askedAt } = facts
  const hub = toldHub(evidence.hub)
  const state = { idle: 'idle', busy: 'busy', unknown: 'not proven idle' }[evidence.verdict]
  return {
    contract: statusContract,
    app,
    slot,
    taskHub: hub,
    verdict: evidence.verdict,
    because: `Task hub '${hub.name}' is ${state}: ${evidence.because}.`,
    grounds,
    ...(keptBecause ? { keptBecause } : {}),
    askedAt: askedAt.toISOString(),
    lastProof: lastProof ? toldProof(lastProof.proof, askedAt) : null,
    counts: evidence.counts,
    atLeast: evidence.partial === true,
    inFlightByName: evidence.inFlightByName,
    inFlightByVersion: evidence.inFlightByVersion,
    oldest: oldestOf(evidence),
    evidence: {
      source: 'storage',
      notChecked: evidence.notChecked,
      warnings: evidence.warnings,
      storageRequests: facts.storageRequests,
    },
    announced: announcedOf(facts, hub),
  }
}

/** What is answered of a slot whose hub cannot be told or read; `because` is a sentence. */
export function unknownReply(facts: StatusFacts, because: string, hub?: ToldHub): StatusReply {
  const evidence = unknownEvidence({ name: '' as HubName }, 'storage', '')
  const reply = statusReply(facts, { evidence, grounds: 'none' })
  return { ...reply, because, taskHub: hub ?? null, announced: announcedOf(facts, hub) }
}

function toldProof({ beganAt, provenAt }: { beganAt: Date; provenAt: Date }, askedAt: Date): StatusReply['lastProof'] {
  const ageInSeconds = Math.max(0, Math.round((askedAt.getTime() - beganAt.getTime()) / 1000))
  return { beganAt: beganAt.toISOString(), provenAt: provenAt.toISOString(), ageInSeconds }
}

function oldestOf({ oldest }: Evidence): StatusReply['oldest'] {
  if (!oldest) return null
  const { instanceId, name, version, status, createdAt } = oldest
  return { instanceId, name, version, status, ...(createdAt ? { createdAt: createdAt.toISOString() } : {}) }
}

function announcedOf({ state, slot }: StatusFacts, live: ToldHub | undefined): Announced | null {
  const announced = ofSlot(state.announced, slot)
  if (!announced) return null
  return { ...announced, isLive: live !== undefined && sameToldHub(announced.taskHub, live) }
}
