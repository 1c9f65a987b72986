import type { ModeDocument } from '../../core/app-mode/mode-document.ts'
import { isOfRun } from '../../core/app-mode/generation.ts'
import type { Report } from '../../core/report/report.ts'
import type { AppModeDeps, AppModeSlot } from './app-mode-slot.ts'
import { openAppMode } from './app-mode-slot.ts'
import { askPatiently } from './ask-app-mode.ts'
import { modeReport } from './mode-report.ts'
import type { AppModeWanted, SignalWanted } from './signal-wanted.ts'

export type ResumeWanted = AppModeWanted & Pick<SignalWanted, 'timeoutMs' | 'pollMs'>

/** Returns the app to Normal where a task of this run has prepared it. Normal already is success. */
export async function resumeApp(wanted: ResumeWanted, deps: AppModeDeps, signal: AbortSignal): Promise<Report> {
  const at = await openAppMode(wanted, deps, signal)
  const patience = { deadline: new Date(deps.clock.now().getTime() + wanted.timeoutMs), pollMs: wanted.pollMs }
  const name = `The App Mode of slot '${at.slot.name}'`
  const seen = await askPatiently(deps, async (now) => await at.endpoint.read(now), patience, signal)
  if (seen.kind !== 'document') return modeReport('failed', `${name} could not be read: ${inWords(seen)}`)
  const { document } = seen
  const { generation } = document
  if (generation === undefined) return modeReport('succeeded', `${name} is Normal already.`, document)
  if (!isOfRun(generation, deps.run)) {
    const told = `${name} is ${document.mode} for generation '${generation}', which no task of this run gave. Let the run that did resume it, or wait until ${endOf(document)}. Nothing was changed.`
    return modeReport('failed', told, document)
  }
  if (wanted.dryRun) {
    const told = `Dry run: the App Mode of slot '${at.slot.name}' would return to Normal (now ${document.mode}). Nothing was changed.`
    return modeReport('succeeded', told, document)
  }
  // A reply that was lost is asked for again: to resume what is Normal already changes nothing.
  const resumed = await askPatiently(deps, async (now) => await at.endpoint.resume(generation, now), patience, signal)
  if (resumed.kind === 'document' && resumed.document.mode === 'Normal') {
    return modeReport('succeeded', `${name} was returned to Normal.`, resumed.document)
  }
  const because = resumed.kind === 'document' ? `it is ${resumed.document.mode}` : inWords(resumed)
  return modeReport(
    'failed',
    `${name} could not be returned to Normal: ${asSentence(because)} ${byItself(document)}`,
    document,
  )
}

const afterFailureMs = 30_000
/** A cancelled task is ended after 5 s, and has used some of them already. */
const afterCancelMs = 3_000
const pauseMs = 1_000

/** Undoes what `signal` has begun, also after a cancel; a sentence that says what came of it. Never throws. */
export async function giveBackMode(
  deps: AppModeDeps,
  { endpoint }: Pick<AppModeSlot, 'endpoint'>,
  prepared: { readonly generation: string; readonly holdSeconds: number },
  cancelled: boolean,
): Promise<string> {
  const ms = cancelled ? afterCancelMs : afterFailureMs
  const deadline = new Date(deps.clock.now().getTime() + ms)
  const ask = async (now: AbortSignal) => await endpoint.resume(prepared.generation, now)
  const stays = `It returns to Normal by itself within ${Math.ceil(prepared.holdSeconds / 60)} min.`
  try {
    const work = async (now: AbortSignal) => await askPatiently(deps, ask, { deadline, pollMs: pauseMs }, now)
    const answer = await deps.atLast(ms, work)
    if (answer.kind === 'document' && answer.document.mode === 'Normal') return 'The app was returned to Normal.'
    if (answer.kind === 'otherGeneration')
      return 'The app was not returned to Normal, for another generation prepares it.'
    const because = answer.kind === 'document' ? `it is ${answer.document.mode}` : answer.because
    return `The app could not be returned to Normal: ${asSentence(because)} ${stays}`
  } catch {
    return `The app could not be returned to Normal in time. ${stays}`
  }
}

function inWords(answer: { readonly because: string; readonly remedy?: string }): string {
  return `${asSentence(answer.because)}${answer.remedy === undefined ? '' : ` ${answer.remedy}`}`
}

function asSentence(clause: string): string {
  return `${clause}.`
}

function byItself(document: ModeDocument): string {
  return `It returns by itself at ${endOf(document)}.`
}

function endOf({ until }: ModeDocument): string {
  return until?.toISOString() ?? 'the end of its hold'
}
