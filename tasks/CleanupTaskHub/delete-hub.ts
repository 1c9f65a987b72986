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
    for (let reading = 1, left = parts; ; reading++) {
      for (const part of left.filter((each) => !answered.has(partInWords(each)))) {
        if (!(await wasAnswered(deps, { hub, taskHubs }, part, signal))) break
        answered.add(partInWords(part))
      }
      // A part that is being deleted still shows for a while: storage says so with 409, and it ends by itself.
      const seen = await taskHubs.parts(hub.name, signal)
      if (seen.parts.length === 0 && seen.obstacle === undefined) return undefined
      if (reading === readings) return `${seen.parts.map(partInWords).join(', ')} is still there`
      await deps.clock.sleep(pauseMs, signal)
      left = seen.parts.filter((each) => parts.some((part) => partInWords(part) === partInWords(each)))
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    throw new Cancelled(
      `Cancelled while task hub '${hub.name}' was being deleted; parts of it are left. Run the task again with the same ` +
        'inputs: it deletes what is left.',
    )
  }
}

async function wasAnswered(
  { log }: Deps,
  { hub, taskHubs }: Pick<Candidate, 'hub' | 'taskHubs'>,
  part: HubPart,
  signal: AbortSignal,
): Promise<boolean> {
  log.info(`Deleting ${partInWords(part)}.`)
  try {
    await taskHubs.deletePart(hub.name, part, signal)
    return true
  } catch (error) {
    if (!(error instanceof AzureFailure) || !error.mayHaveHappened) throw error
    log.warn(`The answer to deleting ${partInWords(part)} was lost (${error.message}), so storage is read.`)
    return false
  }
}

function partInWords(part: HubPart): string {
  return part.kind === 'rows' ? `the hub's rows in table '${part.table}'` : `${part.kind} '${part.name}'`
}
