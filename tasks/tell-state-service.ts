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

/**
 * Tells the news in turn, each once, and nothing more once the service turns out not to answer. A dry run says what would be
 * told. Whatever goes wrong is one warning; a cancel ends it at once, and is the caller's to notice.
 */
export async function tellStateService(
  { stateService, dryRun }: Telling,
  deps: Pick<Deps, 'azure' | 'log' | 'run'>,
  { app, news }: { readonly app: AppAddress; readonly news: readonly News[] },
  signal: AbortSignal,
): Promise<void> {
  if (!stateService || news.length === 0) return
  const { azure, log, run: by } = deps
  if (dryRun) {
    log.info(`Dry run: the state service '${stateService.url}' would be told that ${news.map(inWords).join('; ')}.`)
    return
  }
  const service = azure.stateService(stateService)
  const left = [...news]
  const untold: News[] = []
  const whys = new Set<string>()
  for (let each = left.shift(); each; each = left.shift()) {
    try {
      const says = await service.tell({ app, news: each, by }, signal)
      log.info(`The state service was told that ${inWords(each)}: ${says}`)
    } catch (error) {
      untold.push(each, ...(isOfThisAlone(error) ? [] : left.splice(0)))
      whys.add(whyOf(error))
    }
  }
  if (untold.length > 0) log.warn(notTold(untold, [...whys].join('; ')))
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

function notTold(news: readonly News[], why: string): string {
  return (
    `The state service was not told that ${news.map(inWords).join('; ')}: ${why}. The deployment is no less safe: the service reads ` +
    'slots and task hubs itself, and finds it out at its next look.'
  )
}
