import { generationOf, isOfRun } from '../../core/app-mode/generation.ts'
import { otherGeneration, unseenProcesses } from '../../core/app-mode/judge.ts'
import type { ModeDocument } from '../../core/app-mode/mode-document.ts'
import { AzureFailure, Cancelled, Refusal, saying } from '../../core/failures.ts'
import type { Report } from '../../core/report/report.ts'
import type { AppModeDeps, AppModeSlot } from './app-mode-slot.ts'
import { openAppMode } from './app-mode-slot.ts'
import { askPatiently } from './ask-app-mode.ts'
import { modeReport } from './mode-report.ts'
import { giveBackMode } from './resume.ts'
import type { SignalWanted } from './signal-wanted.ts'
import type { Waited } from './wait-until-safe.ts'
import { waitUntilSafe } from './wait-until-safe.ts'

/**
 * Prepares the app to stop and waits until it says that it is safe; returns it to Normal where it does not come to that, also
 * after a cancel. Safe already, or being prepared by this very run, is gone on with.
 */
export async function signalApp(wanted: SignalWanted, deps: AppModeDeps, signal: AbortSignal): Promise<Report> {
  const deadline = new Date(deps.clock.now().getTime() + wanted.timeoutMs)
  const at = await openAppMode(wanted, deps, signal)
  const seen = await look(wanted, deps, { at, deadline }, signal)
  const { generation: present } = seen
  const generation = present ?? generationOf(deps.run, deps.newId())
  if (wanted.dryRun) {
    const told = `Dry run: slot '${at.slot.name}' would be prepared to stop (now ${seen.mode}, ${seen.inProgress} in progress). Nothing was changed.`
    return modeReport('succeeded', told, seen)
  }
  const hold = { generation, holdSeconds: wanted.holdSeconds }
  deps.log.info(`Preparing slot '${at.slot.name}' to stop (generation '${generation}').`)
  let waited: Waited
  try {
    waited = await waitUntilSafe(wanted, deps, { at, hold, deadline }, signal)
  } catch (error) {
    throw withSentence(error, await giveBackMode(deps, at, hold, signal.aborted))
  }
  if (waited.kind === 'safe') return modeReport('succeeded', safeMessage(at, waited.document), waited.document)
  const told = `Slot '${at.slot.name}' is not safe to stop${waited.after}: ${waited.because}.`
  if (waited.others) return modeReport('failed', [told, waited.remedy].join(' ').trim(), waited.document)
  const undone = await giveBackMode(deps, at, hold, signal.aborted)
  if (signal.aborted) throw new Cancelled(`The run was cancelled. ${undone}`)
  return modeReport('failed', [told, waited.remedy, undone].filter((part) => part !== '').join(' '), waited.document)
}

/** Before anything is changed: an App Mode that answers, that speaks for the whole slot, and that nobody else holds. */
async function look(
  wanted: SignalWanted,
  deps: AppModeDeps,
  { at, deadline }: { readonly at: AppModeSlot; readonly deadline: Date },
  signal: AbortSignal,
): Promise<ModeDocument> {
  const ask = async (now: AbortSignal) => await at.endpoint.read(now)
  const answer = await askPatiently(deps, ask, { deadline, pollMs: wanted.pollMs }, signal)
  const refuse = (because: string, remedy = ''): never => {
    throw new Refusal(
      [`Slot '${at.slot.name}' cannot be prepared to stop: ${because}.`, remedy, 'Nothing was changed.']
        .filter((part) => part !== '')
        .join(' '),
    )
  }
  if (answer.kind !== 'document') return refuse(answer.because, answer.kind === 'refused' ? answer.remedy : '')
  const { document } = answer
  if (document.generation !== undefined && !isOfRun(document.generation, deps.run)) {
    const other = otherGeneration(document)
    return refuse(other.because, other.remedy)
  }
  let instances = await deps.appMode.instances(at.app, at.slot.name, signal)
  // An app that this very request has woken may be listed a little later.
  while (instances === 0 && deps.clock.now() < deadline) {
    await deps.clock.sleep(wanted.pollMs, signal)
    instances = await deps.appMode.instances(at.app, at.slot.name, signal)
  }
  const unseen = unseenProcesses(document, { instances, workers: at.workers })
  if (unseen) return refuse(unseen.because, unseen.remedy)
  return document
}

function safeMessage({ slot }: AppModeSlot, { until, scope, members }: ModeDocument): string {
  const who = scope === 'app' && members > 1 ? `all ${members} processes` : 'its process'
  const end = until === undefined ? '' : ` It stays so until ${until.toISOString()}.`
  return `Slot '${slot.name}' is safe to stop: ${who} began nothing new and nothing is in progress.${end}`
}

function withSentence(error: unknown, more: string): unknown {
  if (error instanceof Cancelled) return new Cancelled(`${error.message} ${more}`)
  if (error instanceof Refusal) return new Refusal(`${error.message} ${more}`)
  return error instanceof AzureFailure ? saying(error, `${error.message} ${more}`) : error
}
