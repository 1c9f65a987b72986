import { AzureFailure, Refusal } from '../core/failures.ts'
import { hubOf, type SlotHub } from '../core/function-app/slot-hub.ts'
import type { AppView } from '../core/function-app/view.ts'
import { strictPolicy } from '../core/task-hub/idle-proof/policy.ts'
import { changeApp } from './documents/change-app.ts'
import { ofSlot, parseAppState, sameToldHub, type AppState, type SlotSeen } from './documents/app-state.ts'
import type { StatusReply } from './contract.ts'
import type { HistoryEntry } from './documents/documents.ts'
import { forgetHubs } from './documents/trim.ts'
import type { Prover } from './verdict/prover.ts'
import { slotStatus } from './verdict/status.ts'
import { toldHub } from './verdict/status-reply.ts'
import type { ServiceDeps, WatchedApp } from './watched.ts'

type Deps = ServiceDeps & { readonly prover: Prover; readonly trimmed: { at: number } }

/** A slot that was asked about within this is kept proven, so that whoever asks next gets an answer at once. */
const askedWithinMs = 60 * 60_000
/** How old its proof may get while a worker is alive on the hub. */
const maxProofAgeMs = 10 * 60_000
/** Nobody waits for the answer here, and the host of functions gives the whole round nine minutes. */
const waitMs = 4 * 60_000
const trimEveryMs = 24 * 60 * 60_000
/** Entries of the history of an app. */
const mostEntries = 2000

/**
 * Looks at every slot of every watched app, and finds what events and announcements missed: a slot with another hub than was
 * seen last, work that nobody told of, a proof that holds no more. A hub is proven only where somebody asked lately, since a
 * large one costs many requests. An app that cannot be looked at is told in the log, and the next one is looked at. Throws
 * `AzureFailure` of the service's own storage, and `Cancelled`.
 */
export async function reconcile(deps: Deps, signal: AbortSignal): Promise<void> {
  const inUse = new Set<string>()
  let isWhole = true
  for (const app of await longestAgoFirst(deps, signal)) {
    const view = await lookOrTell(deps, app, signal)
    if (view) await reconcileApp(deps, { app, view }, signal)
    for (const { name } of view?.hubs ?? []) {
      if (name.kind === 'set') inUse.add(name.value.toLowerCase())
      else if (name.kind === 'unreadable') isWhole = false
    }
    if (!view) isWhole = false
  }
  const now = deps.clock.now()
  // Once a day is enough, and only by a round that has seen what every slot runs.
  if (!isWhole || now.getTime() - deps.trimmed.at < trimEveryMs) return
  await forgetHubs(deps.documents, { inUse, now }, signal)
  deps.trimmed.at = now.getTime()
}

/** So that each has its turn where one round takes longer than the host gives it. */
async function longestAgoFirst({ documents, watched }: Deps, signal: AbortSignal): Promise<readonly WatchedApp[]> {
  const seen: { readonly app: WatchedApp; readonly at: string }[] = []
  for (const app of watched.apps) {
    const { reconciledAt = '' } = parseAppState((await documents.read('app', app.name.toLowerCase(), signal))?.text)
    seen.push({ app, at: reconciledAt })
  }
  return seen.toSorted((one, other) => one.at.localeCompare(other.at)).map(({ app }) => app)
}

async function lookOrTell(deps: Deps, app: WatchedApp, signal: AbortSignal): Promise<AppView | undefined> {
  try {
    return await deps.watched.look(app, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    deps.log.warn(`Function app '${app.name}' could not be looked at. ${error.message}`)
    return undefined
  }
}

async function reconcileApp(
  deps: Deps,
  { app, view }: { readonly app: WatchedApp; readonly view: AppView },
  signal: AbortSignal,
): Promise<void> {
  const { documents, clock } = deps
  const now = clock.now()
  const state = await changeApp(deps, app, (known) => known, signal)
  const facts = { app: app.name, askedAt: now, state, storageRequests: 0 }
  const seen: Record<string, SlotSeen> = {}
  const entries: HistoryEntry[] = []
  for (const hub of view.hubs) {
    if (hub.name.kind !== 'set') continue
    const slot = hub.slot.toLowerCase()
    const wasAsked = now.getTime() - Date.parse(ofSlot(state.asked, slot) ?? '') < askedWithinMs
    const question = { slot: hub.slot, policy: strictPolicy, maxProofAgeMs, waitMs }
    const reply = wasAsked
      ? await slotStatus(deps, { facts: { ...facts, slot: hub.slot }, view, question }, signal)
      : undefined
    const known = ofSlot(state.seen, slot)
    const taskHub = toldHub(hubOf(hub) ?? { name: hub.name.value })
    const trouble = reply ? unknownBecause(reply) : await unreadable(deps, hub, signal)
    const isSame = known !== undefined && sameToldHub(known.taskHub, taskHub)
    const verdict = reply?.verdict ?? (isSame ? known.verdict : 'unknown')
    seen[slot] = { taskHub, verdict, ...(trouble === undefined ? {} : { trouble }) }
    entries.push(...newsOf(state, { slot, known, taskHub, reply, at: now.toISOString() }))
  }
  for (const entry of entries) await documents.addEntry(app.name, entry, signal)
  await documents.trimEntries(app.name, mostEntries, signal)
  await changeApp(deps, app, (known) => ({ ...known, seen, reconciledAt: now.toISOString() }), signal)
}

function unknownBecause({ verdict, because }: StatusReply): string | undefined {
  return verdict === 'unknown' ? because : undefined
}

/** Why the hub cannot be read, by what is cheap to read of it: a role that is missing is found before anybody asks. */
async function unreadable({ watched }: Deps, slot: SlotHub, signal: AbortSignal): Promise<string | undefined> {
  if (slot.name.kind !== 'set') return undefined
  try {
    await watched.hubs(slot).mark(slot.name.value, signal)
    return undefined
  } catch (error) {
    if (error instanceof AzureFailure || error instanceof Refusal) return error.message
    throw error
  }
}

type SlotNews = {
  readonly slot: string
  readonly known: SlotSeen | undefined
  readonly taskHub: SlotSeen['taskHub']
  readonly reply: StatusReply | undefined
  readonly at: string
}

function newsOf({ announced }: AppState, { slot, known, taskHub, reply, at }: SlotNews): readonly HistoryEntry[] {
  const entry = { at, slot, taskHub: taskHub.name }
  const isSame = known !== undefined && sameToldHub(known.taskHub, taskHub)
  const announcement = ofSlot(announced, slot)
  const wasTold = announcement !== undefined && sameToldHub(announcement.taskHub, taskHub)
  const moved: HistoryEntry = {
    ...entry,
    id: `${at}-${slot}-hub`,
    what: 'hubChanged',
    says: `Slot '${slot}' has task hub '${taskHub.name}', and had '${known?.taskHub.name ?? ''}'. Nobody announced it.`,
  }
  const turned: HistoryEntry = {
    ...entry,
    id: `${at}-${slot}-verdict`,
    what: 'verdictChanged',
    says: reply?.because ?? '',
  }
  return [
    ...(known && !isSame && !wasTold ? [moved] : []),
    ...(reply && (!isSame || known.verdict !== reply.verdict) ? [turned] : []),
  ]
}
