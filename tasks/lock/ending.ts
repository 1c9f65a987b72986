import { asClause, AzureFailure, Cancelled, Refusal, saying } from '../../core/failures.ts'
import type { HeldLock } from '../../core/record/held-lock.ts'
import type { Report } from '../../core/report/report.ts'
import type { Deps } from '../deps.ts'

type LockEnding = {
  readonly deps: Deps
  readonly app: string
  readonly held: HeldLock
  readonly keep: boolean
  readonly givesBack: 'own' | 'new'
}

/** A cancelled task has 5 s to end, and has used some of them already. */
const afterCancelMs = 2_000

/** Runs the task; where it throws, the lock is dealt with, and its message says whether the run still holds it. */
export async function withEndOfLock<T>(ending: LockEnding, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw withSentence(error, await endOfFailure(ending, signal))
  }
}

/** Deals with the lock of a task that came to its end, and tells what became of it. */
export async function endOfReport(ending: LockEnding, signal: AbortSignal, report: Report): Promise<Report> {
  const { deps, held, keep, givesBack } = ending
  const failed = report.result === 'failed'
  const gives = givesBack === 'own' ? !keep : !held.continued
  const { said, trouble } =
    failed && held.changing !== undefined
      ? mayBeUnderWay(ending)
      : await (gives ? giveBack(ending, signal) : goOn(ending, signal))
  if (said === '') return report
  if (failed) return { ...report, message: `${report.message} ${said}` }
  if (trouble) deps.log.warn(said)
  else deps.log.info(said)
  return report
}

/** What became of the lock, in a sentence or more; empty where there is nothing to say. */
type Told = { readonly said: string; readonly trouble?: true }

async function endOfFailure(ending: LockEnding, signal: AbortSignal): Promise<string> {
  const { held, keep, givesBack } = ending
  if (held.accounts.length === 0) return ''
  if (held.changing !== undefined) return mayBeUnderWay(ending).said
  const begun = givesBack === 'own' && !keep && held.everChanged
  return held.continued && !begun ? stillHeld(ending).said : (await giveBack(ending, signal)).said
}

async function giveBack(ending: LockEnding, signal: AbortSignal): Promise<Told> {
  const { held } = ending
  const given = await inTime(ending, signal, async (now) => await held.giveBack(now))
  if (given.kind === 'failed') {
    const said = `The deployment lock of ${named(ending)} could not be given back: ${given.because}. ${endsBy(ending)}`
    return { said, trouble: true }
  }
  return { said: given.answer === 'given' ? `The deployment lock of ${named(ending)} was given back.` : '' }
}

/** What was to be done is done by then; but the next task of the run may find that somebody else deploys. */
async function goOn(ending: LockEnding, signal: AbortSignal): Promise<Told> {
  const kept = await inTime(ending, signal, async (now) => await ending.held.keep(now))
  if (kept.kind === 'done') return stillHeld(ending)
  const { held } = ending
  const others = held.lost && held.accounts.length > 0 ? ` ${stillHeld(ending).said}` : ''
  return { said: `${kept.because}.${others}`, trouble: true }
}

type Outcome<T> = { readonly kind: 'done'; readonly answer: T } | { readonly kind: 'failed'; readonly because: string }

/** Goes on for a short time after a cancel, and answers as a clause what stood in the way. */
async function inTime<T>(
  { deps }: LockEnding,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  try {
    const answer = signal.aborted ? undefined : await unlessCancelled(act, signal)
    return { kind: 'done', answer: (answer ?? { value: await deps.atLast(afterCancelMs, act) }).value }
  } catch (error) {
    if (error instanceof Cancelled) return { kind: 'failed', because: 'the time after a cancel was too short' }
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return { kind: 'failed', because: asClause(error.message) }
  }
}

async function unlessCancelled<T>(
  act: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await act(signal) }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    return undefined
  }
}

function mayBeUnderWay(ending: LockEnding): Told {
  const { held } = ending
  const why = `because it was about to ${held.changing ?? ''} and that may be under way`
  return {
    said: `This run still holds the deployment lock of ${named(ending)}, ${why}. ${endsBy(ending)}`,
    trouble: true,
  }
}

/** Without a time where no reply to the claim came, so that what an earlier task of the run kept is all that is known. */
function stillHeld(ending: LockEnding): Told {
  const { until } = ending.held
  const said = `This run still holds the deployment lock of ${named(ending)}`
  return { said: until === undefined ? `${said}, which an earlier task of it kept.` : `${said}, until ${until}.` }
}

/** Where it was lost in one account, those in which it was not. */
function named({ app, held }: LockEnding): string {
  return held.lost ? `'${app}' in storage account '${held.accounts.join("', '")}'` : `'${app}'`
}

function endsBy({ held }: LockEnding): string {
  return (
    `It ends at ${held.until ?? 'its time'}; before that run again, or give it back with input release of ` +
    'RotateTaskHub or SlotSwap.'
  )
}

/** The same failure, with its details, and one sentence more. */
function withSentence(error: unknown, said: string): unknown {
  if (said === '' || !(error instanceof Error)) return error
  if (error instanceof Refusal) return new Refusal(`${error.message} ${said}`, { cause: error })
  if (error instanceof Cancelled) return new Cancelled(`${whatCancelled(error)} ${said}`)
  if (!(error instanceof AzureFailure)) return error
  return saying(error, `${error.message} ${said}`)
}

function whatCancelled({ message }: Cancelled): string {
  if (message !== new Cancelled().message) return message
  return `${message} Run the task again: it reads the state before it changes anything.`
}
