import { AzureFailure, Refusal } from '../../core/failures.ts'
import { findHub, hubInWords, hubOf } from '../../core/function-app/slot-hub.ts'
import { withNews } from '../../core/lifecycle/hints.ts'
import { remoteText } from '../../core/remote-text.ts'
import { parseHubName } from '../../core/task-hub/name.ts'
import { ofSlot, sameToldHub, wasAnnounced, withAnnouncement, withSwap, withTold } from '../documents/app-state.ts'
import { changeApp } from '../documents/change-app.ts'
import type { NotedReply, StagingAnnouncement, SwapAnnouncement, ToldHub, ToldRun } from '../contract.ts'
import type { HistoryEntry } from '../documents/documents.ts'
import { changeHints } from '../documents/hints-document.ts'
import type { NotWatched } from '../service.ts'
import { toldHub } from '../verdict/status-reply.ts'
import { findWatched, type ServiceDeps, type WatchedApp } from '../watched.ts'

/** Notes that a pipeline gave a slot a task hub. What was proven of that hub, and of the one before, counts no more. */
export async function announceStaging(
  deps: ServiceDeps,
  place: { readonly app: string; readonly slot: string },
  { taskHub, previous, build, by }: StagingAnnouncement,
  signal: AbortSignal,
): Promise<NotedReply | NotWatched> {
  const watched = findWatched(deps.watched, place.app)
  if (!watched) return { kind: 'notWatched' }
  const at = deps.clock.now().toISOString()
  const announcement = { taskHub, build, at, by }
  await forgetProofs(deps, [taskHub, ...(previous ? [previous] : [])], signal)
  const state = await changeApp(
    deps,
    watched,
    (known) =>
      wasAnnounced(known, place.slot, announcement) ? known : withAnnouncement(known, place.slot, announcement),
    signal,
  )
  // By the time it was announced first: an entry whose reply was lost is not made twice.
  const since = ofSlot(state.announced, place.slot)?.at ?? at
  const says = `Task hub '${taskHub.name}' was announced for slot '${place.slot}', build '${remoteText(build, 100)}'.`
  const entry = { what: 'stagingAnnounced', slot: place.slot, taskHub: taskHub.name, says } as const
  const id = `${since}-${place.slot.toLowerCase()}`
  await deps.documents.addEntry(watched.name, { ...entry, id, at: since, by: printable(by) }, signal)
  return await noted(deps, watched, { slot: place.slot, taskHub }, signal)
}

/** Notes that slots changed places. Told again it is entered once. */
export async function announceSwap(
  deps: ServiceDeps,
  app: string,
  swap: SwapAnnouncement,
  signal: AbortSignal,
): Promise<NotedReply | NotWatched> {
  const watched = findWatched(deps.watched, app)
  if (!watched) return { kind: 'notWatched' }
  const { id, sourceSlot: source, targetSlot: target, taskHub, previous, by } = swap
  const at = deps.clock.now().toISOString()
  await forgetProofs(deps, [taskHub, ...(previous ? [previous] : [])], signal)
  const told = { source, target, taskHub, ...(previous ? { previous } : {}), at, by }
  const state = await changeApp(
    deps,
    watched,
    (known) => {
      if (known.told.some((each) => each.id === id)) return known
      // Swapped and back again is told once, at its end: the slots stand as they did, and it happened all the same.
      const moved = withSwap(known, told) ?? (swap.rolledBack === true ? known : undefined)
      return moved ? withTold(moved, id, at) : known
    },
    signal,
  )
  // Not there: the slots were known to stand so, and whoever tells it only found it.
  const since = state.told.find((each) => each.id === id)?.at
  if (since !== undefined) {
    const how = swap.rolledBack === true ? 'were swapped back' : 'were swapped'
    const says = `Slots '${source}' and '${target}' ${how}: '${target}' runs task hub '${taskHub.name}'.`
    const entry = { what: 'swapAnnounced', slot: target, taskHub: taskHub.name, says } as const
    await deps.documents.addEntry(watched.name, { ...entry, id: `${since}-swap`, at: since, by: printable(by) }, signal)
  }
  return await noted(deps, watched, { slot: target, taskHub }, signal)
}

/** Run identities come from whoever calls. */
export function printable({ run, project, link }: ToldRun): NonNullable<HistoryEntry['by']> {
  return { run: remoteText(run, 200), project: remoteText(project, 200), link }
}

async function forgetProofs(
  { documents, clock }: Pick<ServiceDeps, 'documents' | 'clock'>,
  told: readonly ToldHub[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of told) {
    const hub = parseHubName(name)
    if (hub) await changeHints(documents, hub, (hints) => withNews(hints, clock.now()), signal)
  }
}

/** What is read for the answer alone may take so long: the announcement stands already, and whoever told it has to go on. */
const lookWithinMs = 3_000

async function noted(
  deps: ServiceDeps,
  app: WatchedApp,
  told: { readonly slot: string; readonly taskHub: ToldHub },
  signal: AbortSignal,
): Promise<NotedReply> {
  const seen = await deps.inTime(lookWithinMs, asSeen(deps, app, told, signal), signal)
  if (seen !== 'late') return seen
  return { noted: true, isLive: null, says: `Whether slot '${told.slot}' runs it could not be read in time.` }
}

/** Whether the slots show what was announced. What cannot be read is told as that: the announcement is noted all the same. */
async function asSeen(
  deps: ServiceDeps,
  app: WatchedApp,
  { slot, taskHub }: { readonly slot: string; readonly taskHub: ToldHub },
  signal: AbortSignal,
): Promise<NotedReply> {
  try {
    const { hubs } = await deps.watched.look(app, signal)
    const side = findHub(hubs, slot)
    const hub = side && (hubOf(side) ?? (side.name.kind === 'set' ? { name: side.name.value } : undefined))
    if (hub && sameToldHub(toldHub(hub), taskHub)) {
      return { noted: true, isLive: true, says: `Slot '${slot}' runs task hub '${taskHub.name}'.` }
    }
    const says = side
      ? `Slot '${side.slot}' has ${hubInWords(side)}, not '${taskHub.name}'.`
      : `There is no slot '${slot}'.`
    return { noted: true, isLive: false, says }
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return { noted: true, isLive: null, says: `Whether slot '${slot}' runs it could not be read. ${error.message}` }
  }
}
