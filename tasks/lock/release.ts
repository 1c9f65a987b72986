import type { AppView } from '../../core/function-app/view.ts'
import { giveBackByHand } from '../../core/record/hold-lock.ts'
import { holderInWords } from '../../core/record/lock-words.ts'
import type { Report } from '../../core/report/report.ts'
import { escapeCell, page } from '../../core/report/markdown.ts'
import type { Deps } from '../deps.ts'
import type { ActedOn } from './places.ts'
import { lockPlaces } from './places.ts'
import type { LockWanted } from './wanted.ts'

/**
 * Gives the lock of an app back: this run's own, or with a reason to take over whoever holds it. Answers a sentence or more.
 * Throws `Refusal` and `AzureFailure`.
 */
export async function releaseByHand(
  { azure, clock, log, run }: Deps,
  {
    view,
    release,
    takeOver,
    ...actedOn
  }: ActedOn & { readonly view: AppView } & Pick<LockWanted, 'release' | 'takeOver'>,
  signal: AbortSignal,
): Promise<string> {
  const app = view.picture.app.name
  const holders: string[] = []
  const reason = [release, takeOver].filter((each) => each !== undefined).join('; ')
  const evenOfAnother = takeOver !== undefined
  for (const place of lockPlaces(azure, view, actedOn)) {
    const lock = await giveBackByHand(clock, place, { by: run, reason, evenOfAnother }, signal)
    if (!lock) continue
    holders.push(`${holderInWords(lock.holder)}, since ${lock.since}, until ${lock.until}`)
    if (lock.changing) {
      log.warn(
        `At ${lock.changing.at} the run that held the lock was about to ${lock.changing.what}. Look whether it was done.`,
      )
    }
  }
  if (holders.length === 0) return `There was no deployment lock of '${app}' to give back.`
  return `The deployment lock of '${app}' was given back; it was held by ${[...new Set(holders)].join('; and by ')}.`
}

/** Only the lock was given back; `outputs` are those of a task that has done nothing. */
export function reportReleased(message: string, outputs: Report['outputs']): Report {
  return { result: 'succeeded', message, outputs, summary: page('## Deployment lock', escapeCell(message)) }
}
