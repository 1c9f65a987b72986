import type { Verdict } from '../task-hub/idle-proof/evidence.ts'
import type { Hub } from '../task-hub/hub.ts'
import type { HubPart, LiveLease } from '../task-hub/ports.ts'
import type { LastUse } from './age.ts'
import { newestFirst, tooYoung } from './age.ts'
import type { Reference } from './references.ts'

/** All that the guards need to know of one hub, read at one moment. */
export type HubFacts = LastUse & {
  readonly hub: Hub
  readonly parts: readonly HubPart[]
  readonly obstacle?: string
  readonly references: readonly Reference[]
  /** Slots of the app itself whose settings could not be read. */
  readonly unreadableSlots: readonly { readonly slot: string; readonly because: string }[]
  readonly leases: readonly LiveLease[]
}

/** `held` makes the task fail: a guard stands in the way. `kept` does not: the inputs asked for it. */
export type Fate =
  | { readonly kind: 'absent' }
  | { readonly kind: 'kept'; readonly reason: string }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'delete' }

/** A fate that needs no proof that the hub is idle. */
export type Guarded = Exclude<Fate, { kind: 'delete' }>

/** What the look that proves a hub idle ended with. */
export type IdleVerdict = { readonly verdict: Verdict; readonly because: string }

export type RetireRules = { readonly now: Date; readonly minimumAgeMs: number }

/**
 * The guards of one hub, in this order; undefined where none stands in the way of asking whether it is idle. It is
 * 1. held back where its parts cannot be told from those of other hubs;
 * 2. absent where it has none;
 * 3. held back where a slot of the app cannot be read, or a slot of any app names it;
 * 4. held back where a worker still holds a partition or the app lease;
 * 5. kept while younger than the minimum age, counted from its last activity or what the deployment record says, whichever
 *    is newer; a hub of which neither can be told has no age to speak of and is kept too.
 */
export function guardOf(facts: HubFacts, rules: RetireRules): Guarded | undefined {
  if (facts.obstacle !== undefined) return held(facts.obstacle)
  if (facts.parts.length === 0) return { kind: 'absent' }
  const guard = unreadable(facts) ?? referenced(facts) ?? leased(facts)
  if (guard !== undefined) return held(guard)
  const young = tooYoung(facts, rules.now, rules.minimumAgeMs)
  return young === undefined ? undefined : { kind: 'kept', reason: young }
}

/** What becomes of a hub: deleted only where no guard stands in the way and it was proven idle. */
export function fateOf(facts: HubFacts, idle: IdleVerdict, rules: RetireRules): Fate {
  const guarded = guardOf(facts, rules)
  if (guarded) return guarded
  return idle.verdict === 'idle' ? { kind: 'delete' } : held(`it is ${idle.verdict}: ${idle.because}`)
}

/**
 * The hubs that `keepLast` spares: of those that no guard holds back the newest, by the deployment record where it knows
 * them and by their last activity else; one of which neither can be told counts as newest.
 */
export function sparedByKeepLast(
  all: readonly HubFacts[],
  keepLast: number,
  rules: RetireRules,
): ReadonlySet<HubFacts> {
  const existing = all.filter((facts) => facts.parts.length > 0 && guardOf(facts, rules)?.kind !== 'held')
  return new Set(existing.toSorted(newestFirst).slice(0, keepLast))
}

function held(reason: string): Guarded {
  return { kind: 'held', reason }
}

function unreadable({ unreadableSlots }: HubFacts): string | undefined {
  const [first] = unreadableSlots
  return first && `whether slot '${first.slot}' uses it cannot be told: ${first.because}`
}

function referenced({ references }: HubFacts): string | undefined {
  const [first] = references
  if (!first) return undefined
  const more = references.length > 1 ? ` and ${references.length - 1} more` : ''
  return `slot '${first.slot}' of '${first.app}' uses it ('${first.setting}')${more}`
}

function leased({ leases }: HubFacts): string | undefined {
  const [first] = leases
  if (!first) return undefined
  const until = first.until ? ` until ${first.until.toISOString()}` : ''
  return `a worker ('${first.owner}') still holds '${first.on}'${until}`
}
