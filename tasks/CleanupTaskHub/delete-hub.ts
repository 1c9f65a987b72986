import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { HubPart } from '../../core/task-hub/ports.ts'
import type { Deps } from '../look-at-app.ts'
import type { Candidate } from './facts.ts'

const readings = 10
const pauseMs = 3_000

/**
 * Deletes the parts of one hub in their order and proves that none is left. After a lost reply storage is read before
 * anything else is deleted: tables that went before a queue would leave a hub that nobody can judge any more. A part
 * whose delete was answered is never deleted again, since one that is back is somebody's new hub. Answers why something
 * is left, or undefined.
 */
export async function deleteHub(
  deps: Deps,
  { hub, taskHubs }: Candidate,
  parts: readonly HubPart[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const answered = new Set<string>()
  try {
    for (let reading = 1, left = parts; ;) {
      const lost = await deleteInTurn(deps, { hub, taskHubs }, { left, answered }, signal)
      const seen = await taskHubs.parts(hub.name, signal)
      if (seen.parts.length === 0 && seen.obstacle === undefined) return undefined
      left = seen.parts.filter((each) => parts.some((part) => partInWords(part) === partInWords(each)))
      if (lost !== undefined && !left.some((each) => partInWords(each) === lost)) {
        answered.add(lost)
        continue
      }
      // A part that is being deleted still shows for a while: storage says so with 409, and it ends by itself.
      if (reading++ === readings) return `${seen.parts.map(partInWords).join(', ')} is still there`
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

/** Answers the part whose reply was lost, after which nothing more was asked. */
async function deleteInTurn(
  { log }: Deps,
  { hub, taskHubs }: Pick<Candidate, 'hub' | 'taskHubs'>,
  { left, answered }: { readonly left: readonly HubPart[]; readonly answered: Set<string> },
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const part of left) {
    const words = partInWords(part)
    if (answered.has(words)) continue
    log.info(`Deleting ${words}.`)
    try {
      await taskHubs.deletePart(hub.name, part, signal)
      answered.add(words)
    } catch (error) {
      if (!(error instanceof AzureFailure) || !error.mayHaveHappened) throw error
      log.warn(`The answer to deleting ${words} was lost (${error.message}), so storage is read.`)
      return words
    }
  }
  return undefined
}

function partInWords(part: HubPart): string {
  return part.kind === 'rows' ? `the hub's rows in table '${part.table}'` : `${part.kind} '${part.name}'`
}
