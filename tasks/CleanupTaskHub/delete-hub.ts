import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { HubPart } from '../../core/task-hub/ports.ts'
import type { Deps } from '../look-at-app.ts'
import type { Candidate } from './facts.ts'

const readings = 10
const pauseMs = 3_000

/**
 * Deletes the parts of one hub in their order and proves that none is left. A reply that is lost is answered by reading
 * the parts again. Answers why something is left, or undefined.
 */
export async function deleteHub(
  deps: Deps,
  { hub, taskHubs }: Candidate,
  parts: readonly HubPart[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    for (const part of parts) {
      deps.log.info(`Deleting ${partInWords(part)}.`)
      try {
        await taskHubs.deletePart(hub.name, part, signal)
      } catch (error) {
        if (!(error instanceof AzureFailure) || !error.mayHaveHappened) throw error
        deps.log.warn(`The answer to deleting ${partInWords(part)} was lost (${error.message}), so storage is read.`)
      }
    }
    // A part that is being deleted still shows for a while: storage says so with 409, and it ends by itself.
    for (let reading = 1; ; reading++) {
      const left = await taskHubs.parts(hub.name, signal)
      if (left.parts.length === 0 && left.obstacle === undefined) return undefined
      if (reading === readings) return `${left.parts.map(partInWords).join(', ')} is still there`
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

function partInWords(part: HubPart): string {
  return part.kind === 'rows' ? `the hub's rows in table '${part.table}'` : `${part.kind} '${part.name}'`
}
