import { AzureFailure, Cancelled, mayPassLater } from '../../core/failures.ts'
import type { HubPart, HubParts } from '../../core/task-hub/ports.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import type { Candidate } from './facts.ts'

// 25 readings, 3 s apart: tables are freed after 40 s or more, and the proof is good after a minute (delete-table, REST).
const readings = 25
const pauseMs = 3_000
const failedReadings = 3

/**
 * Deletes the parts of one hub in their order and proves that none is left. After a reply that was lost, or that asked for
 * patience, storage is read before anything else is deleted: tables that went before a queue would leave a hub that
 * nobody can judge any more. A part whose delete was done is never deleted again, since one that is back is somebody's
 * new hub; one that is being deleted cannot be back yet, and is asked for until it is gone. Answers why something is
 * left, or undefined.
 */
export async function deleteHub(
  deps: Pick<Deps, 'clock' | 'log'> & Pick<LockInHand, 'fence' | 'settled'>,
  { hub, taskHubs }: Candidate,
  parts: readonly HubPart[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const answered = new Set<string>()
  try {
    for (let reading = 1, left = parts; ;) {
      const lost = await deleteInTurn(deps, { hub, taskHubs }, { left, answered }, signal)
      const seen = await partsNow(deps, { hub, taskHubs }, signal)
      if (seen.parts.length === 0 && seen.obstacle === undefined) {
        deps.settled()
        return undefined
      }
      left = seen.parts.filter((each) => parts.some((part) => partInWords(part) === partInWords(each)))
      if (lost !== undefined && !left.some((each) => partInWords(each) === lost)) {
        deps.settled()
        answered.add(lost)
        continue
      }
      // A part that is being deleted still shows for a while: storage says so with 409, and it ends by itself.
      if (reading++ === readings) {
        deps.settled()
        return `${seen.parts.map(partInWords).join(', ')} is still there`
      }
      await deps.clock.sleep(pauseMs, signal)
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    throw new Cancelled(
      `Cancelled while task hub '${hub.name}' was being deleted; parts of it are left. Run the task again with the same ` +
        'inputs: it deletes what is left.',
    )
  }
}

/** Nothing is deleted before it could be read what is left; only a reading that fails for long ends that. */
async function partsNow(
  { clock }: Pick<Deps, 'clock'>,
  { hub, taskHubs }: Pick<Candidate, 'hub' | 'taskHubs'>,
  signal: AbortSignal,
): Promise<HubParts> {
  for (let failed = 1; ; failed++) {
    try {
      return await taskHubs.parts(hub.name, signal)
    } catch (error) {
      if (!(error instanceof AzureFailure) || !mayPassLater(error) || failed === failedReadings) throw error
    }
    await clock.sleep(pauseMs, signal)
  }
}

/** Answers the part whose delete was not confirmed, after which nothing more was asked. */
async function deleteInTurn(
  { log, fence, settled }: Pick<Deps, 'log'> & Pick<LockInHand, 'fence' | 'settled'>,
  { hub, taskHubs }: Pick<Candidate, 'hub' | 'taskHubs'>,
  { left, answered }: { readonly left: readonly HubPart[]; readonly answered: Set<string> },
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const part of left) {
    const words = partInWords(part)
    if (answered.has(words)) continue
    await fence(`delete ${words} of task hub '${hub.name}'`, signal)
    log.info(`Deleting ${words}.`)
    try {
      const result = await taskHubs.deletePart(hub.name, part, signal)
      settled()
      if (result !== 'beingDeleted') answered.add(words)
    } catch (error) {
      if (error instanceof AzureFailure && !error.mayHaveHappened) settled()
      if (!(error instanceof AzureFailure) || !mayPass(error)) throw error
      log.warn(`Deleting ${words} was not confirmed, so storage is read. ${error.message}`)
      return words
    }
  }
  return undefined
}

function mayPass(error: AzureFailure): boolean {
  return error.mayHaveHappened || error.kind === 'throttled' || error.kind === 'server'
}

function partInWords(part: HubPart): string {
  return part.kind === 'rows' ? `the hub's rows in table '${part.table}'` : `${part.kind} '${part.name}'`
}
