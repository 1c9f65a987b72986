// What a task tells a state service of what it has done. The service reads slots and hubs itself, so that being told only
// makes it quicker: nothing here decides anything, fails a task or holds it up.
import { asClause, AzureFailure, Cancelled } from '../core/failures.ts'
import type { AppAddress } from '../core/function-app/picture.ts'
import type { SlotHub } from '../core/function-app/slot-hub.ts'
import { remoteText } from '../core/remote-text.ts'
import type { News, StateServiceAddress, ToldHub } from '../core/service/ports.ts'
import type { Deps } from './deps.ts'

export type Telling = {
  /** Not set: nobody is told. */
  readonly stateService?: StateServiceAddress
  readonly dryRun: boolean
}

type Told = {
  readonly app: AppAddress
  readonly news: readonly News[]
  /** Tell it after a cancel too, for so long. Not set: a cancel ends it. */
  readonly afterCancelMs?: number
}

/** What came of what could not be told, and why. */
type Untold = { readonly news: readonly News[]; readonly why: string; readonly mayBeTold: boolean }

/**
 * Tells the news in turn, each once, and nothing more once the service turns out not to answer: where no reply came in time
 * the next is tried, once. A dry run says what would be told. Whatever goes wrong is one warning; a cancel meanwhile ends it
 * at once, and is the caller's to notice.
 */
export async function tellStateService(
  { stateService, dryRun }: Telling,
  deps: Pick<Deps, 'azure' | 'log' | 'run' | 'atLast'>,
  { app, news, afterCancelMs }: Told,
  signal: AbortSignal,
): Promise<void> {
  if (!stateService || news.length === 0) return
  const { azure, log, run: by, atLast } = deps
  if (dryRun) {
    log.info(`Dry run: the state service '${stateService.url}' would be told that ${news.map(inWords).join('; ')}.`)
    return
  }
  const service = azure.stateService(stateService)
  const left = [...news]
  const untold: Untold[] = []
  let lost = 0
  for (let each = left.shift(); each; each = left.shift()) {
    const message = { app, news: each, by }
    const afterCancel = signal.aborted ? afterCancelMs : undefined
    const wasSent = !signal.aborted || afterCancel !== undefined
    try {
      const says =
        afterCancel === undefined
          ? await service.tell(message, signal)
          : await atLast(afterCancel, async (now) => await service.tell(message, now))
      log.info(`The state service was told that ${inWords(each)}: ${says}`)
    } catch (error) {
      const why = whyOf(error)
      const mayBeTold = (error instanceof Cancelled && wasSent) || isLost(error)
      untold.push({ news: [each], why, mayBeTold })
      if (isLost(error)) lost += 1
      const goesOn = isOfThisAlone(error) || (isLost(error) && lost < mostLost)
      if (!goesOn) untold.push({ news: left.splice(0), why, mayBeTold: false })
    }
  }
  if (untold.length > 0) log.warn(notTold(untold))
}

/** What a slot has, as it is told; undefined where its settings name no hub. */
export function toldHubOf(slot: SlotHub): ToldHub | undefined {
  if (slot.name.kind !== 'set') return undefined
  const { value: name } = slot.name
  return slot.storage.kind === 'known' ? { account: slot.storage.reference.account.name, name } : { name }
}

/** The service answered, and does not enter this: it may enter the next. */
function isOfThisAlone(error: unknown): boolean {
  return error instanceof AzureFailure && error.kind === 'conflict'
}

/** Replies that did not come, in all, after which nothing more is tried: each may take the whole time of a request. */
const mostLost = 2

/** It was sent, or may have been, and the service may have entered it. */
function isLost(error: unknown): boolean {
  return error instanceof AzureFailure && (error.mayHaveHappened || error.kind === 'timeout')
}

function inWords(news: News): string {
  switch (news.kind) {
    case 'staging':
      return `slot '${news.slot}' has task hub '${news.taskHub.name}'`
    case 'swap': {
      const what = news.rolledBack === true ? 'were swapped back' : 'were swapped'
      return `slots '${news.sourceSlot}' and '${news.targetSlot}' ${what}, and '${news.targetSlot}' runs task hub '${news.taskHub.name}'`
    }
    case 'cleanup':
      return `task hub '${news.taskHub.name}' was deleted`
  }
}

function whyOf(error: unknown): string {
  if (error instanceof Cancelled) return 'the run was cancelled'
  return asClause(remoteText(error instanceof Error ? error.message : String(error), 600))
}

function notTold(untold: readonly Untold[]): string {
  const [may, not] = [untold.filter(({ mayBeTold }) => mayBeTold), untold.filter(({ mayBeTold }) => !mayBeTold)]
  return [
    ...sentence('It is not known whether the state service was told that', may),
    ...sentence('The state service was not told that', not),
    'The deployment is no less safe: the service reads slots and task hubs itself, and finds it out at its next look.',
  ].join(' ')
}

function sentence(what: string, untold: readonly Untold[]): readonly string[] {
  const news = untold.flatMap((each) => each.news)
  const whys = new Set(untold.map(({ why }) => why))
  return news.length === 0 ? [] : [`${what} ${news.map(inWords).join('; ')}: ${[...whys].join('; ')}.`]
}
