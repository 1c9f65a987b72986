import type { Orchestration } from './ledger.ts'
import { hasEnded } from './ledger.ts'

/** What became of one version's orchestrations. */
export type HubOutcome = {
  readonly version: string
  readonly hub: string
  readonly started: number
  readonly finished: number
  /** Accepted and never seen, still not ended at the end, or ended otherwise than by completing. */
  readonly lost: number
  /** A step was carried out by another version than the hub's. */
  readonly onAnotherVersion: number
  /** What storage still holds of the hub. */
  readonly leftovers: readonly string[]
}

export type SlotOutcome = { readonly slot: string; readonly version: string; readonly hub: string }

export type Outcome = {
  readonly slots: readonly SlotOutcome[]
  readonly hubs: readonly HubOutcome[]
  /** Started at the public address and never seen in any task hub. */
  readonly vanished: number
  /** Whether the deployment that had to wait did wait, and went on only when the work was done. */
  readonly heldBack: boolean
}

export function hubOutcome(
  { version, hub, leftovers }: Pick<HubOutcome, 'version' | 'hub' | 'leftovers'>,
  all: readonly Orchestration[],
): HubOutcome {
  const mine = all.filter((orchestration) => orchestration.hub.toLowerCase() === hub.toLowerCase())
  const finished = mine.filter(({ status }) => status === 'Completed')
  const strayed = mine.filter(({ status, versions }) => hasEnded(status) && versions.some((other) => other !== version))
  const lost = mine.length - finished.length
  return {
    version,
    hub,
    leftovers,
    started: mine.length,
    finished: finished.length,
    lost,
    onAnotherVersion: strayed.length,
  }
}

/** Every way in which the outcome differs from what must be true; none when all is well. */
export function problemsOf({ slots, hubs, vanished, heldBack }: Outcome, expected: readonly SlotOutcome[]): string[] {
  const inUse = expected.map(({ hub }) => hub)
  return [
    ...expected.flatMap((wanted, at) => {
      const { slot, version = 'nothing', hub = 'none' } = { slot: wanted.slot, ...slots[at] }
      if (version === wanted.version && hub === wanted.hub) return []
      return [`Slot ${slot} runs ${version} on ${hub} instead of ${wanted.version} on ${wanted.hub}.`]
    }),
    ...hubs.flatMap(({ version, hub, started, lost, onAnotherVersion, leftovers }) => [
      ...(started === 0 ? [`Version ${version} started nothing.`] : []),
      ...(lost > 0 ? [`${lost} orchestrations of version ${version} were lost.`] : []),
      ...(onAnotherVersion > 0 ? [`${onAnotherVersion} orchestrations left version ${version}.`] : []),
      ...(leftovers.length > 0 && !inUse.includes(hub)
        ? [`Task hub ${hub} was not deleted: ${leftovers.join(', ')}.`]
        : []),
      ...(leftovers.length === 0 && inUse.includes(hub) ? [`Task hub ${hub} is in use and is gone.`] : []),
    ]),
    ...(vanished > 0 ? [`${vanished} accepted orders were never seen in a task hub.`] : []),
    ...(heldBack ? [] : ['No deployment was held back by running work.']),
  ]
}
