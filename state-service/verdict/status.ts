import { AzureFailure, Refusal } from '../../core/failures.ts'
import { hubInWords, hubOf, type SlotHub } from '../../core/function-app/slot-hub.ts'
import { findSlot } from '../../core/function-app/picture.ts'
import { requireSide } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { changeApp } from '../documents/change-app.ts'
import { noAppState, ofSlot, parseAppState, type AppState } from '../documents/app-state.ts'
import type { StatusReply } from '../contract.ts'
import { hubVerdict } from './hub-verdict.ts'
import type { Prover } from './prover.ts'
import type { NotWatched, StatusQuestion } from '../service.ts'
import { statusReply, toldHub, unknownReply, type StatusFacts } from './status-reply.ts'
import { findWatched, type ServiceDeps, type WatchedApp } from '../watched.ts'

/** That a slot is asked about is remembered this coarsely, so that a poll does not write each time. */
const askedEveryMs = 5 * 60_000

/** For everything but the proof: slots, what is kept, what is cheap to read. */
const besidesMs = 5_000

/** The same as `readStatus`, in time: where Azure or storage take too long the answer is `unknown`. */
export async function statusInTime(
  deps: ServiceDeps & { readonly prover: Prover },
  question: StatusQuestion,
  signal: AbortSignal,
): Promise<StatusReply | NotWatched> {
  const read = readStatus(deps, question, signal)
  // What comes too late is nobody's.
  read.catch(() => undefined)
  const reply = await deps.inTime(question.waitMs + besidesMs, read, signal)
  if (reply !== 'late') return reply
  const { app, slot } = question
  const facts = { app, slot, askedAt: deps.clock.now(), state: noAppState, storageRequests: 0 }
  return unknownReply(facts, 'What Azure and storage say of the slot did not come in time. Ask again.')
}

/**
 * Whether the slot's own hub is idle. What cannot be read or told is `unknown`, with a sentence that says so. Throws
 * `AzureFailure` of the service's own storage, and `Cancelled`.
 */
export async function readStatus(
  deps: ServiceDeps & { readonly prover: Prover },
  question: StatusQuestion,
  signal: AbortSignal,
): Promise<StatusReply | NotWatched> {
  const watched = findWatched(deps.watched, question.app)
  if (!watched) return { kind: 'notWatched' }
  const state = parseAppState((await deps.documents.read('app', watched.name.toLowerCase(), signal))?.text)
  const facts: StatusFacts = {
    app: watched.name,
    slot: question.slot,
    askedAt: deps.clock.now(),
    state,
    storageRequests: 0,
  }
  let view: AppView
  try {
    view = await deps.watched.look(watched, signal)
  } catch (error) {
    if (error instanceof AzureFailure || error instanceof Refusal) return unknownReply(facts, error.message)
    throw error
  }
  // Only of slots that are there: whoever asks must not make a document grow.
  const slot = findSlot(view.picture, question.slot)
  if (slot) await noteAsked(deps, watched, { slot: slot.name.toLowerCase(), state }, signal)
  return await slotStatus(deps, { facts, view, question }, signal)
}

/** The same, of an app that was looked at already. */
export async function slotStatus(
  deps: ServiceDeps & { readonly prover: Prover },
  asked: {
    readonly facts: StatusFacts
    readonly view: AppView
    readonly question: Pick<StatusQuestion, 'slot' | 'policy' | 'maxProofAgeMs' | 'waitMs'>
  },
  signal: AbortSignal,
): Promise<StatusReply> {
  const { view, question } = asked
  const side = requireSide(view, question.slot)
  if ('problem' in side) return unknownReply(asked.facts, side.problem)
  const facts = { ...asked.facts, app: view.picture.app.name, slot: side.slot.name }
  const hub = hubOf(side.hub)
  if (!hub) {
    const name = side.hub.name.kind === 'set' ? { name: side.hub.name.value } : undefined
    return unknownReply(facts, whyNoHub(side.hub), name)
  }
  try {
    const hubs = deps.watched.hubs(side.hub)
    const start = hubs.requests()
    const { policy, maxProofAgeMs: maxAgeMs, waitMs } = question
    const verdict = await hubVerdict(deps, { hubs, hub, policy, maxAgeMs, waitMs }, signal)
    return statusReply({ ...facts, storageRequests: hubs.requests() - start }, verdict)
  } catch (error) {
    if (error instanceof Refusal) return unknownReply(facts, error.message, toldHub(hub))
    throw error
  }
}

function whyNoHub(hub: SlotHub): string {
  if (hub.name.kind !== 'set') return `Slot '${hub.slot}' has ${hubInWords(hub)} in app setting '${hub.settingKey}'.`
  const because = hub.storage.kind === 'unknown' ? hub.storage.because : 'its storage account cannot be told'
  return `Task hub '${hub.name.value}' of slot '${hub.slot}' cannot be read: ${because}.`
}

async function noteAsked(
  deps: Pick<ServiceDeps, 'documents' | 'clock'>,
  app: WatchedApp,
  { slot, state }: { readonly slot: string; readonly state: AppState },
  signal: AbortSignal,
): Promise<void> {
  const now = deps.clock.now()
  const isFresh = ({ asked }: AppState) => now.getTime() - Date.parse(ofSlot(asked, slot) ?? '') < askedEveryMs
  if (isFresh(state)) return
  const note = (known: AppState) =>
    isFresh(known) ? known : { ...known, asked: { ...known.asked, [slot]: now.toISOString() } }
  await changeApp(deps, app, note, signal)
}
