import { AzureFailure, Refusal } from '../../core/failures.ts'
import { hubOf, type SlotHub } from '../../core/function-app/slot-hub.ts'
import { withNews } from '../../core/lifecycle/hints.ts'
import { parseHubName, type HubName } from '../../core/task-hub/name.ts'
import { printable } from './announce.ts'
import { sameToldHub, withTold } from '../documents/app-state.ts'
import { changeApp } from '../documents/change-app.ts'
import type { CleanupAnnouncement, NotedReply, ToldHub } from '../contract.ts'
import { changeHints } from '../documents/hints-document.ts'
import { proofKey } from '../documents/proof-document.ts'
import type { Conflict, NotWatched } from '../service.ts'
import { toldHub } from '../verdict/status-reply.ts'
import { findWatched, type ServiceDeps } from '../watched.ts'

/**
 * Forgets a hub that was deleted, once it is seen to be gone:
 * 1. no slot of the app uses it;
 * 2. no part of it is left in any account that the app's slots use, or in the one that was named.
 * Nothing is deleted here: the guards of a delete are CleanupTaskHub's, and the service's identity only reads. Throws
 * `AzureFailure` of the service's own storage.
 */
export async function cleanUp(
  deps: ServiceDeps,
  app: string,
  { taskHub, by }: CleanupAnnouncement,
  signal: AbortSignal,
): Promise<NotedReply | NotWatched | Conflict> {
  const watched = findWatched(deps.watched, app)
  if (!watched) return { kind: 'notWatched' }
  const name = parseHubName(taskHub.name)
  if (!name) return conflict(`'${taskHub.name}' is not the name of a task hub`)
  const seen = await whatIsLeft(deps, { watched, taskHub, name }, signal)
  if ('because' in seen) return conflict(seen.because)

  const { documents, clock } = deps
  for (const key of seen.proofKeys) await documents.remove('proof', key, signal)
  // Not removed: another account may have a hub of that name, whose proofs are void by these.
  await changeHints(documents, name, (hints) => withNews({ ...hints, running: [] }, clock.now()), signal)
  const told = `${name.toLowerCase()} ${by.id ?? by.link} ${by.run}`
  const now = clock.now().toISOString()
  const state = await changeApp(deps, watched, (known) => withTold(known, told, now), signal)
  const at = state.told.find(({ id }) => id === told)?.at ?? now
  const says = `Task hub '${name}' was deleted.`
  const entry = { what: 'cleanedUp', taskHub: name, says, by: printable(by) } as const
  await documents.addEntry(watched.name, { ...entry, id: `${at}-${name.toLowerCase()}`, at }, signal)
  return { noted: true, isLive: true, says: `No part of task hub '${name}' is left.` }
}

type Seen = { readonly proofKeys: readonly string[] } | { readonly because: string }

async function whatIsLeft(
  { watched }: ServiceDeps,
  asked: { readonly watched: Parameters<typeof watched.look>[0]; readonly taskHub: ToldHub; readonly name: HubName },
  signal: AbortSignal,
): Promise<Seen> {
  try {
    const { hubs } = await watched.look(asked.watched, signal)
    const user = hubs.find((slot) => usesHub(slot, asked.taskHub))
    if (user) return { because: `slot '${user.slot}' uses task hub '${asked.name}'` }
    const places = placesOf(hubs, asked.taskHub)
    if (places.length === 0) return { because: 'no slot of the app shows the storage account that it was in' }
    const proofKeys: string[] = []
    for (const place of places) {
      const account = watched.hubs(place)
      const { parts } = await account.parts(asked.name, signal)
      if (parts.length > 0) {
        return { because: `${parts.length} parts of it are left in storage account '${account.account.name}'` }
      }
      proofKeys.push(proofKey({ account: account.account, name: asked.name }))
    }
    return { proofKeys }
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return { because: `whether it is gone could not be read. ${error.message}` }
  }
}

/** A slot whose hub cannot be told may be using it. */
function usesHub(slot: SlotHub, wanted: ToldHub): boolean {
  if (slot.name.kind === 'unset' || slot.name.kind === 'invalid') return false
  if (slot.name.kind === 'unreadable') return true
  return sameToldHub(toldHub(hubOf(slot) ?? { name: slot.name.value }), wanted)
}

/** A slot for each storage account that the hub can have been in. */
function placesOf(hubs: readonly SlotHub[], { account }: ToldHub): readonly SlotHub[] {
  const byAccount = new Map<string, SlotHub>()
  for (const slot of hubs) {
    if (slot.storage.kind !== 'known') continue
    const { id, name } = slot.storage.reference.account
    if (account === undefined || account.toLowerCase() === name.toLowerCase()) byAccount.set(id, slot)
  }
  return [...byAccount.values()]
}

function conflict(because: string): Conflict {
  return { kind: 'conflict', because }
}
