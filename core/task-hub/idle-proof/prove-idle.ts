import { Cancelled } from '../../failures.ts'
import type { Clock, Log } from '../../ports.ts'
import { remoteText } from '../../remote-text.ts'
import { noAccount } from '../account/account.ts'
import type { HubName } from '../name.ts'
import type { InstanceRow } from '../rows/instance.ts'
import { sameMark } from './changes.ts'
import type { Ask, Evidence, LookAtHub } from './evidence.ts'
import { WaitLog } from './wait-log.ts'

export type WaitOptions = {
  /** 0 = one verdict; an idle one still takes its two proofs. */
  readonly timeoutMs: number
  readonly pollIntervalMs: number
  /** How far apart the two proofs of an idle hub are. */
  readonly quietPeriodMs: number
}

export type IdleProof = {
  /** The last look. `idle` only where two looks in a row, a quiet period apart, were idle. */
  readonly evidence: Evidence
  /** Idle looks in a row at the end: 2 is proven. */
  readonly proofs: 0 | 1 | 2
  readonly waitedMs: number
  /** True where the time ran out before the hub was proven idle; never for a timeout of 0. */
  readonly timedOut: boolean
}

export type WaitDeps = {
  readonly look: LookAtHub
  readonly clock: Clock
  readonly log: Log
  /** What is looked at, for what is said before the first look has ended. */
  readonly hub?: HubName | undefined
}

/**
 * Waits until the hub is proven idle:
 * 1. idle must hold over two full looks a quiet period apart, because a message can be in a queue before its row exists
 *    (DT AzureStorageOrchestrationService.cs:1778-1797), and a row can be gone before its children have one; no row may
 *    have been written between the two, for work that shows itself to neither leaves its traces in rows;
 * 2. while it is busy, what blocked is read again on its own, and the whole hub only once that is over;
 * 3. busy and unknown are looked at again until the deadline, and end as what the last look said;
 * 4. while it is busy its account is told, and what an account took to read is not read again;
 * 5. nothing starts after the deadline but the second proof of an idle look.
 * Rejects with `Cancelled` as soon as the signal aborts.
 */
export async function waitUntilIdle(
  { look, clock, log, hub }: WaitDeps,
  { timeoutMs, pollIntervalMs, quietPeriodMs }: WaitOptions,
  signal: AbortSignal,
): Promise<IdleProof> {
  const start = clock.now().getTime()
  const waited = () => clock.now().getTime() - start
  const percent = () => (timeoutMs > 0 ? Math.min(100, Math.floor((100 * waited()) / timeoutMs)) : undefined)
  const told = new WaitLog({ clock, log, hub, percent })
  let account = noAccount
  const lookNow = async (ask: Ask) => {
    const evidence = await orCancelled(() => look(signal, { ...ask, ...told.watch(), account }), signal)
    account = evidence.account?.memory ?? account
    return evidence
  }
  let before: Evidence | undefined
  for (;;) {
    let evidence = await lookNow(before && !isCheap(before) ? { before } : {})
    let proofs: IdleProof['proofs'] = 0
    if (evidence.verdict === 'idle') {
      log.info(`Task hub '${evidence.hub.name}' looks idle. Looking again in ${seconds(quietPeriodMs)}.`)
      await orCancelled(() => clock.sleep(quietPeriodMs, signal), signal)
      evidence = secondProof(evidence, await lookNow(sameSince(evidence)), quietPeriodMs)
      proofs = evidence.verdict === 'idle' ? 2 : 0
    }
    const waitedMs = waited()
    const left = timeoutMs - waitedMs
    if (proofs === 2 || left <= 0) {
      told.tell(evidence)
      return { evidence, proofs, waitedMs, timedOut: timeoutMs > 0 && proofs !== 2 }
    }
    log.progress(Math.floor((100 * waitedMs) / timeoutMs), describe(evidence, waitedMs, timeoutMs))
    told.tell(evidence)
    await orCancelled(() => clock.sleep(Math.min(pollIntervalMs, left), signal), signal)
    before = evidence
  }
}

/** Requests up to which a look is repeated in full while waiting, so that what it tells of a small hub is always whole. */
const cheap = 20

function isCheap({ partial, memory }: Evidence): boolean {
  return partial !== true && (memory?.requests ?? 0) <= cheap
}

function sameSince({ memory }: Evidence): Ask {
  return memory?.changes ? { since: memory.changes.since } : {}
}

/** The second look at a hub whose first was idle, as busy where rows were written in between. */
function secondProof(first: Evidence, second: Evidence, quietPeriodMs: number): Evidence {
  const [was, is] = [first.memory?.changes, second.memory?.changes]
  if (second.verdict !== 'idle' || (was === undefined && is === undefined)) return second
  if (was && is && sameMark(was, is)) return second
  const because = `instances were created or updated between its two proofs, ${seconds(quietPeriodMs)} apart`
  return { ...second, verdict: 'busy', because: is?.last ? `${because}; written last: ${named(is.last)}` : because }
}

function named({ id, name }: InstanceRow): string {
  return `'${remoteText(id)}'${name === '' ? '' : ` (${remoteText(name)})`}`
}

function describe({ hub, verdict, because }: Evidence, waitedMs: number, timeoutMs: number): string {
  const state = verdict === 'unknown' ? 'could not be judged' : 'is busy'
  return `Task hub '${hub.name}' ${state}: ${because}. Waited ${seconds(waitedMs)} of ${seconds(timeoutMs)}.`
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}

/** A look that does not notice the cancel must not hold it up. */
async function orCancelled<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new Cancelled()
  let cancel = () => {}
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => {
      reject(new Cancelled())
    }
    signal.addEventListener('abort', cancel, { once: true })
  })
  try {
    return await Promise.race([act(), cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
