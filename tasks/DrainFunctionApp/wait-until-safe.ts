import { judge } from '../../core/app-mode/judge.ts'
import type { ModeDocument } from '../../core/app-mode/mode-document.ts'
import type { ModeAnswer } from '../../core/app-mode/ports.ts'
import { asClause, AzureFailure, mayPassLater } from '../../core/failures.ts'
import type { AppModeDeps, AppModeSlot } from './app-mode-slot.ts'
import { pauseOf } from './ask-app-mode.ts'
import type { SignalWanted } from './signal-wanted.ts'

export type Waited =
  | { readonly kind: 'safe'; readonly document: ModeDocument }
  | {
      readonly kind: 'notSafe'
      readonly because: string
      readonly remedy: string
      /** ` after 30 min`, where it was waited for to the end. */
      readonly after: string
      /** It is another generation's: not ours to resume. */
      readonly others: boolean
      /** The last one that was read. */
      readonly document?: ModeDocument
    }

type Wait = {
  readonly at: AppModeSlot
  readonly hold: { readonly generation: string; readonly holdSeconds: number }
  readonly deadline: Date
}

/** An app that forgets more often than this does not stay prepared. */
const mostRestarts = 5

/**
 * Sends prepare, then reads the mode until it is safe. A lost reply of prepare is answered by reading; an app that has forgotten
 * is prepared again; half of the hold gone, it is renewed. SafeToStop counts when the answer to a further prepare says it again,
 * so that what comes next has the whole hold. It is sent a pause later, with the instances counted again: in scope `process` a
 * second process may have come up meanwhile, and in both scopes the host has only then to send what a function returned to its
 * output bindings, which no app can see.
 */
export async function waitUntilSafe(
  wanted: Pick<SignalWanted, 'pollMs' | 'timeoutMs'>,
  deps: AppModeDeps,
  { at, hold, deadline }: Wait,
  signal: AbortSignal,
): Promise<Waited> {
  const { clock, log } = deps
  let next: 'prepare' | 'read' = 'prepare'
  let preparedAt: number | undefined
  let isSafe = false
  let restarts = 0
  let latest: ModeDocument | undefined
  // A pause as long as the hold would let it run out.
  const pollMs = Math.min(wanted.pollMs, hold.holdSeconds * 500)
  const notSafe = (because: string, more: { remedy?: string; after?: string; others?: boolean } = {}): Waited => ({
    ...{ kind: 'notSafe', because, remedy: '', after: '', others: false },
    ...more,
    ...(latest && { document: latest }),
  })

  for (;;) {
    const asked = next
    const answer = asked === 'prepare' ? await at.endpoint.prepare(hold, signal) : await at.endpoint.read(signal)
    if (answer.kind === 'otherGeneration') return notSafe(answer.because, { others: true })
    if (answer.kind === 'refused') return notSafe(answer.because, { remedy: answer.remedy })
    if (answer.kind === 'document') latest = answer.document
    const seen = await judgeAnswer(deps, at, { answer, hold }, signal)
    next = 'read'
    let pauseMs = pollMs
    switch (seen.kind) {
      case 'refuse':
        return notSafe(seen.because, { remedy: seen.remedy, others: isOthers(latest, hold.generation) })
      case 'later':
        isSafe = false
        pauseMs = answer.kind === 'later' ? pauseOf(answer, pauseMs) : pauseMs
        log.info(`Asking again: ${seen.because}.`)
        break
      case 'forgotten':
        isSafe = false
        if (asked === 'prepare') return notSafe('it stays Normal although it was prepared', { remedy: inOneApp })
        if (preparedAt !== undefined && ++restarts > mostRestarts) {
          return notSafe(`${seen.because} ${restarts} times, as a process that is restarted does`)
        }
        if (preparedAt !== undefined) log.warn(`Preparing again: ${seen.because}, as a process that is restarted does.`)
        next = 'prepare'
        pauseMs = 0
        break
      case 'wait':
        if (asked === 'prepare') preparedAt = clock.now().getTime()
        isSafe = false
        log.progress(percentOf(wanted, deadline, clock.now()), `waiting until it is safe to stop: ${seen.because}`)
        break
      case 'safe':
        if (asked === 'prepare') preparedAt = clock.now().getTime()
        if (isSafe && asked === 'prepare' && latest) return { kind: 'safe', document: latest }
        isSafe = true
        next = 'prepare'
        break
    }
    const left = deadline.getTime() - clock.now().getTime()
    if (left <= 0) {
      const because =
        seen.kind === 'wait' || seen.kind === 'later'
          ? seen.because
          : 'it said SafeToStop only at the end, and not twice'
      return notSafe(because, { after: ` after ${minutes(wanted.timeoutMs)}`, remedy: moreTime })
    }
    if (pauseMs > 0) await clock.sleep(Math.min(pauseMs, left), signal)
    const heldMs = preparedAt === undefined ? 0 : clock.now().getTime() - preparedAt
    if (heldMs * 2 >= hold.holdSeconds * 1000) next = 'prepare'
  }
}

const moreTime = 'Give timeoutInMinutes more time, or see what does not end.'
const inOneApp = 'Check that the three functions share one createAppMode.'

type Seen =
  | { readonly kind: 'safe' }
  | { readonly kind: 'wait' | 'later' | 'forgotten'; readonly because: string }
  | { readonly kind: 'refuse'; readonly because: string; readonly remedy: string }

/** Instances are counted with every document that may end the wait, and in scope `process`, where one more ends it, always. */
async function judgeAnswer(
  deps: AppModeDeps,
  { app, slot, workers }: AppModeSlot,
  {
    answer,
    hold,
  }: { readonly answer: Extract<ModeAnswer, { kind: 'document' | 'later' }>; readonly hold: Wait['hold'] },
  signal: AbortSignal,
): Promise<Seen> {
  if (answer.kind === 'later') return answer
  const { document } = answer
  const isCounted = document.mode === 'SafeToStop' || document.scope === 'process'
  try {
    const instances = isCounted ? await deps.appMode.instances(app, slot.name, signal) : 1
    return judge(document, hold.generation, { instances, workers })
  } catch (error) {
    if (!(error instanceof AzureFailure) || !mayPassLater(error)) throw error
    return { kind: 'later', because: asClause(error.message) }
  }
}

function isOthers(document: ModeDocument | undefined, generation: string): boolean {
  return document?.generation !== undefined && document.generation !== generation
}

function percentOf({ timeoutMs }: Pick<SignalWanted, 'timeoutMs'>, deadline: Date, now: Date): number {
  const left = Math.max(0, deadline.getTime() - now.getTime())
  return timeoutMs <= 0 ? 100 : Math.min(100, Math.round(100 * (1 - left / timeoutMs)))
}

function minutes(ms: number): string {
  return `${Math.round((ms / 60_000) * 10) / 10} min`
}
