import { many } from '../task-hub/words.ts'
import type { ModeDocument } from './mode-document.ts'

/** What a mode document means for the one who waits for SafeToStop. `because` and `remedy` are fit for a message. */
export type Judgement =
  | { readonly kind: 'safe' }
  | { readonly kind: 'wait'; readonly because: string }
  /** The app has returned to Normal: its process was restarted, or the hold ran out. */
  | { readonly kind: 'forgotten'; readonly because: string }
  | { readonly kind: 'refuse'; readonly because: string; readonly remedy: string }

/** What Azure says of the slot. */
export type SlotProcesses = {
  /** Instances that ARM lists. */
  readonly instances: number
  /** Worker processes of an instance; undefined where the settings do not tell. */
  readonly workers: number | undefined
}

export const sharedDirectory =
  'Give createAppMode a directory that all processes of the slot share (docs/app-mode.md, "Scope").'

/**
 * 1. Normal: forgotten.
 * 2. Another generation: somebody else prepares the app.
 * 3. Scope process speaks for one process: it is nothing where there may be another. Azure may list one that has just come up
 *    a little later: none is waited for.
 * 4. A stash callback that failed: the rest of an item is nowhere.
 * 5. SafeToStop of fewer processes than the instances have workers: one does not share the directory, or has not come up. The
 *    host starts a worker every 10 s until it has as many as the setting says (learn: functions-app-settings); where the
 *    settings do not tell, one an instance is all that can be asked for.
 * 6. SafeToStop: safe. Else it is waited for.
 */
export function judge(document: ModeDocument, generation: string, processes: SlotProcesses): Judgement {
  const { mode, inProgress, members, failedStashes } = document
  if (mode === 'Normal') return { kind: 'forgotten', because: 'the app has returned to Normal' }
  if (document.generation !== generation) return otherGeneration(document)
  if (document.scope === 'process' && processes.instances === 0) {
    return { kind: 'wait', because: 'Azure lists no instance of the slot yet' }
  }
  const unseen = unseenProcesses(document, processes)
  if (unseen !== undefined) return unseen
  if (failedStashes > 0) {
    const because = `${many(failedStashes, 'item')} could not put the rest of ${failedStashes === 1 ? 'its' : 'their'} work aside`
    return { kind: 'refuse', because, remedy: "See the app's log for what failed, and run again." }
  }
  if (mode !== 'SafeToStop') return { kind: 'wait', because: `${many(inProgress, 'item')} in progress` }
  const { instances, workers = 1 } = processes
  if (members < instances * workers) {
    const each = workers === 1 ? '' : ` with ${workers} worker processes each`
    const because = `${many(instances, 'instance')}${each} listed, but ${many(members, 'process', 'processes')} in its directory`
    return { kind: 'wait', because }
  }
  return { kind: 'safe' }
}

/** Where scope `process` is not enough; undefined where the document may speak for the app. */
export function unseenProcesses(
  { scope }: Pick<ModeDocument, 'scope'>,
  { instances, workers }: SlotProcesses,
): Extract<Judgement, { kind: 'refuse' }> | undefined {
  if (scope === 'app' || (instances === 1 && workers === 1)) return undefined
  const what =
    instances !== 1
      ? `the slot has ${many(instances, 'instance')}`
      : workers === undefined
        ? 'FUNCTIONS_WORKER_PROCESS_COUNT cannot be read'
        : `FUNCTIONS_WORKER_PROCESS_COUNT is ${workers}`
  const because = `its App Mode speaks for one process alone (scope 'process'), and ${what}`
  return { kind: 'refuse', because, remedy: sharedDirectory }
}

export function otherGeneration({ generation, until }: ModeDocument): Extract<Judgement, { kind: 'refuse' }> {
  const end = until === undefined ? '' : ` until ${until.toISOString()}`
  return {
    kind: 'refuse',
    because: `generation '${generation ?? ''}' has prepared it${end}`,
    remedy: 'Let that deployment end, or resume that generation (docs/app-mode.md).',
  }
}
