import { asClause, AzureFailure, Cancelled, mayPassLater, Refusal, saying } from '../core/failures.ts'
import type { Fence } from '../core/record/fence.ts'
import { causeOf } from '../core/swap/cause.ts'
import type { Deps } from './deps.ts'

/** A document of Azure that is replaced whole, such as the app settings of a slot. */
export type Whole<Seen, Content> = {
  readonly read: (signal: AbortSignal) => Promise<Seen>
  readonly contentOf: (seen: Seen) => Content
  /** One request, never repeated by the client. Throws `AzureFailure`. */
  readonly send: (content: Content, signal: AbortSignal) => Promise<void>
  /** Names of what differs; names only, for values may be secrets. */
  readonly differing: (left: Content, right: Content) => readonly string[]
  /** As "slot 'staging'", of which something "is unchanged". */
  readonly owner: string
  /** As "app settings". */
  readonly things: string
}

export type WholeChange<Seen, Content> = {
  /** Reads after "was about to": "give slot 'staging' task hub 'shop101'". */
  readonly what: string
  /** Said before the first request. */
  readonly announcement: string
  /** The whole as it shall be, from what is there now. Throws `Refusal` where somebody else has changed what matters. */
  readonly merge: (seen: Seen) => Content
  /** Whether what was to be changed is there, however it came there. */
  readonly isDone: (seen: Seen) => boolean
  /** What else may be wrong after a write that was read back; a sentence. */
  readonly notDone: (seen: Seen) => string
  /** What a cancel after the first request leaves open; a sentence. */
  readonly cancelled: string
  /** Run right before each request. */
  readonly fence: Fence
  /** Told once it is known whether the last request had an effect. */
  readonly settled: () => void
}

/** Lost answers after which the document is sent again; each time it was read and had not changed. */
const mostSends = 4
/** No further try begins after so long. */
const mostMs = 300_000
const readingsAfterLostReply = 4
const pauseMs = 3_000
const busyPauseMs = 15_000
/** A fence that took longer leaves what was read before it too old to write. */
const longestFenceMs = 5_000

type Sent = { readonly kind: 'written' } | { readonly kind: 'notWritten'; readonly error: AzureFailure }

/**
 * Changes a part of a document that can only be replaced whole, and keeps the rest: reads it now, merges, writes, reads back.
 * After an answer that was lost the document is read, and sent again only where it was seen unchanged several times and Azure
 * is known to have failed on the way; it is merged anew from what is there then. While Azure is busy it waits, reads, and
 * tries again. Throws `Refusal` where it was changed by somebody else, and `AzureFailure`.
 */
export async function writeWhole<Seen, Content>(
  deps: Deps,
  whole: Whole<Seen, Content>,
  change: WholeChange<Seen, Content>,
  signal: AbortSignal,
): Promise<void> {
  const run = { sends: 0, startedAt: deps.clock.now().getTime() }
  let written: { readonly content: Content } | undefined
  try {
    for (;;) {
      const before = await whole.read(signal)
      // An answer that was lost: what it answered came late.
      if (written && change.isDone(before)) break
      const content = change.merge(before)
      if (!(await passFence(deps, whole, { change, before }, signal))) {
        requireTime(deps, run, whole)
        continue
      }
      if (!written) deps.log.info(change.announcement)
      written = { content }
      const sent = await send(deps, whole, { change, content }, signal)
      if (sent.kind === 'written') break
      await waitForAnother(deps, run, { owner: whole.owner, error: sent.error }, signal)
    }
    change.settled()
    await readBack(whole, { change, content: written.content }, signal)
  } catch (error) {
    throw error instanceof Cancelled && written ? new Cancelled(change.cancelled) : error
  }
}

/** False where the fence took long and the document has changed meanwhile: it is read and merged anew. */
async function passFence<Seen, Content>(
  { clock }: Deps,
  whole: Whole<Seen, Content>,
  { change, before }: { readonly change: WholeChange<Seen, Content>; readonly before: Seen },
  signal: AbortSignal,
): Promise<boolean> {
  const since = clock.now().getTime()
  await change.fence(change.what, signal)
  const fenced = clock.now().getTime()
  if (fenced - since <= longestFenceMs) return true
  const now = whole.contentOf(await whole.read(signal))
  return whole.differing(whole.contentOf(before), now).length === 0 && clock.now().getTime() - fenced <= longestFenceMs
}

/** Writes once. Throws `AzureFailure` where it is final, or where its answer was not understood and nothing shows a change. */
async function send<Seen, Content>(
  deps: Deps,
  whole: Whole<Seen, Content>,
  { change, content }: { readonly change: WholeChange<Seen, Content>; readonly content: Content },
  signal: AbortSignal,
): Promise<Sent> {
  try {
    await whole.send(content, signal)
    return { kind: 'written' }
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    if (!error.mayHaveHappened) {
      change.settled()
      if (!isBusy(error)) throw withoutChange(error)
      return { kind: 'notWritten', error: withoutChange(error) }
    }
    deps.log.warn(`The answer to the change of settings was lost (${asClause(error.message)}), so the slot is read.`)
    if (await seeWhetherWritten(deps, whole, change, signal)) return { kind: 'written' }
    if (!mayPassLater(error)) throw error
    return { kind: 'notWritten', error }
  }
}

function isBusy({ status, code, message }: AzureFailure): boolean {
  const problem = { message, ...(status !== undefined && { status }), ...(code !== undefined && { code }) }
  return ['busy', 'throttled', 'prepared'].includes(causeOf(problem).cause)
}

function withoutChange(error: AzureFailure): AzureFailure {
  return saying(error, `${error.message} No setting was changed.`, { mayHaveHappened: false })
}

type Run = { sends: number; readonly startedAt: number }

/** Waits until it may be sent again. Throws the failure where it was sent often enough, or for long enough. */
async function waitForAnother(
  { clock, log }: Deps,
  run: Run,
  { owner, error }: { readonly owner: string; readonly error: AzureFailure },
  signal: AbortSignal,
): Promise<void> {
  const lost = error.mayHaveHappened
  if (lost && ++run.sends >= mostSends) throw error
  const pause = lost ? pauseMs : busyPauseMs
  if (clock.now().getTime() + pause - run.startedAt > mostMs) throw error
  log.warn(`${capital(owner)} is unchanged, so its settings are sent again once it was read. ${error.message}`)
  await clock.sleep(pause, signal)
}

function requireTime<Seen, Content>(
  { clock }: Deps,
  { startedAt }: Run,
  { owner, things }: Whole<Seen, Content>,
): void {
  if (clock.now().getTime() - startedAt <= mostMs) return
  throw new Refusal(
    `The ${things} of ${owner} changed each time before they could be written, or the deployment lock took too long to renew. Nothing ` +
      'was changed. Run again when nobody else changes them.',
  )
}

async function readBack<Seen, Content>(
  whole: Whole<Seen, Content>,
  { change, content }: { readonly change: WholeChange<Seen, Content>; readonly content: Content },
  signal: AbortSignal,
): Promise<void> {
  const after = await whole.read(signal)
  const others = whole.differing(content, whole.contentOf(after))
  if (others.length > 0) {
    throw new Refusal(
      `${capital(whole.owner)} has other ${whole.things} than this task wrote ('${others.join("', '")}'). Something else changed ` +
        'them at the same time. Check these settings, then run again.',
    )
  }
  if (!change.isDone(after)) throw new Refusal(change.notDone(after))
}

/** A reading that fails for now tells nothing, and the next one may. */
async function seeWhetherWritten<Seen, Content>(
  { clock }: Deps,
  whole: Whole<Seen, Content>,
  { isDone }: WholeChange<Seen, Content>,
  signal: AbortSignal,
): Promise<boolean> {
  for (let reading = 1; ; reading++) {
    try {
      if (isDone(await whole.read(signal))) return true
    } catch (error) {
      if (!(error instanceof AzureFailure) || !mayPassLater(error) || reading === readingsAfterLostReply) throw error
    }
    if (reading === readingsAfterLostReply) return false
    await clock.sleep(pauseMs, signal)
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
