import { Refusal } from '../../core/failures.ts'
import type { Clock } from '../../core/ports.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Fence, RecordGuard } from '../../core/record/fence.ts'
import { unguarded, withoutLock } from '../../core/record/fence.ts'
import { HeldLock, requestMs } from '../../core/record/held-lock.ts'
import type { Report } from '../../core/report/report.ts'
import type { Deps } from '../deps.ts'
import { endOfReport, withEndOfLock } from './ending.ts'
import type { ActedOn } from './places.ts'
import { lockPlaces } from './places.ts'
import type { LockWanted } from './wanted.ts'

/** What a task may do with the lock that it holds. */
export type LockInHand = {
  /** Run right before each change of Azure. */
  readonly fence: Fence
  /** For `keepRecord`: before each entry in the deployment record. */
  readonly guard: RecordGuard
  /** Told once the change that the fence announced is known to have ended. */
  readonly settled: () => void
  /** To wait by, so that the lock is renewed meanwhile. */
  readonly clock: Clock
  /** A change that an earlier task of this run, or another holder, announced and did not see the end of. */
  readonly leftOver?: string
}

type Locking = ActedOn & {
  readonly wanted: LockWanted
  readonly view: AppView
  /** `own`: it ends what the run has taken; `new`: it gives back only what it took itself. */
  readonly givesBack: 'own' | 'new'
}

const toldEveryMs = 15_000

/**
 * Runs `act` while the run holds the deployment lock of the app. `act` has to look and plan again, for taking the lock may
 * have taken time. How it ends is said in the log, or in the message of a task that failed:
 * 1. a change that may still be under way: the lock is kept, whatever happened;
 * 2. done: kept where `keep` says so, else given back;
 * 3. failed or cancelled: given back where this task took it, or began to act with it and does not keep it.
 * Throws `Refusal` where another run holds it or its account is not known, and `AzureFailure`.
 */
export async function withLock(
  deps: Deps,
  { wanted, view, givesBack, ...actedOn }: Locking,
  act: (lock: LockInHand) => Promise<Report>,
  signal: AbortSignal,
): Promise<Report> {
  const app = view.picture.app.name
  if (!wanted.take) {
    deps.log.warn(
      `No deployment lock of '${app}' is taken, because input 'lock' is false: nothing keeps another run from changing it at the same time.`,
    )
    return await act({ fence: withoutLock, guard: unguarded, settled: () => undefined, clock: deps.clock })
  }
  const places = lockPlaces(deps.azure, view, actedOn)
  const held = new HeldLock(deps.clock, {
    by: deps.run,
    claim: deps.newId(),
    forMs: wanted.forMs,
    ...(wanted.takeOver === undefined ? {} : { takeOver: wanted.takeOver }),
  })
  const ending = { deps, app, held, keep: wanted.keep, givesBack }
  const report = await withEndOfLock(ending, signal, async () => {
    await held.claim(places, { log: deps.log, waitMs: wanted.waitMs }, signal)
    deps.log.info(`This run holds the deployment lock of '${app}' until ${held.until ?? ''}.`)
    if (held.tookOver)
      await outlastRequests({ ...deps, clock: held.clock }, { app, reason: wanted.takeOver ?? '' }, signal)
    const { leftOver } = held
    if (leftOver !== undefined) {
      deps.log.warn(`A task before this one was about to ${leftOver} and did not enter that it had ended.`)
    }
    const inHand = { fence: held.fence, guard: held.guard, settled: () => held.settled(), clock: held.clock }
    return await act(leftOver === undefined ? inHand : { ...inHand, leftOver })
  })
  return await endOfReport(ending, signal, report)
}

/** The former holder may have passed its fence right before: what it sent by then has landed after this time. */
async function outlastRequests(
  { clock, log }: Deps,
  { app, reason }: { readonly app: string; readonly reason: string },
  signal: AbortSignal,
): Promise<void> {
  log.warn(`The deployment lock of '${app}' was taken over from another run: ${reason}`)
  for (let left = requestMs; left > 0; left -= toldEveryMs) {
    const percent = Math.round((100 * (requestMs - left)) / requestMs)
    log.progress(percent, `waiting ${left / 1000} s more for the last request of the former holder to land`)
    await clock.sleep(Math.min(left, toldEveryMs), signal)
  }
}

/** For a change that turns up where none was planned, so that no lock was taken for it. */
export const unplanned: Fence = (change) =>
  Promise.reject(new Refusal(`This run was about to ${change}, which was not to be done a moment ago. Run again.`))
