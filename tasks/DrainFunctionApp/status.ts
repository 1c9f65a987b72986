import { journalOf } from '../../core/drain/names.ts'
import { asClause, AzureFailure, Refusal } from '../../core/failures.ts'
import type { SlotFunction } from '../../core/function-app/functions.ts'
import { isDurable, sameFunction } from '../../core/function-app/functions.ts'
import { requireSlot } from '../../core/function-app/slot-rules.ts'
import { remoteText } from '../../core/remote-text.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import { many } from '../../core/task-hub/words.ts'
import type { AppModeDeps } from './app-mode-slot.ts'
import { openApp } from '../look-at-app.ts'
import { modeTable } from './mode-report.ts'
import { readMode } from './read-mode.ts'
import type { DrainWanted } from './wanted.ts'

/** Tells what the functions of a slot are, and its App Mode where it answers. Changes nothing, takes no lock. */
export async function status(wanted: DrainWanted, deps: AppModeDeps, signal: AbortSignal): Promise<Report> {
  const app = await openApp(deps, wanted, signal)
  const { picture } = await app.look(signal)
  const slot = requireSlot(picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(slot.problem)
  const { settings, name } = slot
  const listed = await deps.azure.functions.list(app.address, name, signal)
  const running = await deps.azure.functions.running(app.address, name, signal)
  if (running.kind === 'unknown') {
    deps.log.warn(
      `The host of slot '${name}' does not say what it runs (${running.because}); this is what Azure Resource Manager lists.`,
    )
  }
  const functions = running.kind === 'known' ? running.functions : listed
  const fenced = settings.kind === 'read' ? journalOf(settings.values).map(({ functionName }) => functionName) : []
  if (settings.kind === 'unreadable') {
    deps.log.warn(
      `The app settings of slot '${name}' cannot be read: ${settings.because}. What a fence did is not known.`,
    )
  }
  const isFenced = (each: SlotFunction) => fenced.some((one) => sameFunction(one, each.name))
  const mode = await modeOf(wanted, deps, signal)
  for (const { name: each, trigger, isDisabled } of functions) {
    deps.log.info(`${remoteText(each, 130)}: ${trigger ?? 'trigger not known'}, ${stateOf(isDisabled)}`)
  }
  const starters = functions.filter(({ trigger }) => trigger !== undefined && !isDurable(trigger))
  return {
    result: 'succeeded',
    message:
      `Slot '${name}' has ${many(functions.length, 'function')}, of which ${starters.length} start work and ${fenced.length} are fenced. ` +
      `App Mode: ${mode.said}.`,
    outputs: {
      fencedFunctions: JSON.stringify(fenced),
      releasedFunctions: '[]',
      appMode: mode.name,
      inProgressCount: mode.inProgress,
      createdAfterFence: '',
    },
    summary: page(
      '## Status',
      `Slot **${escapeCell(name)}** of **${escapeCell(picture.app.name)}**.`,
      table(
        ['Function', 'Trigger', 'Starts work', 'Disabled', 'Fenced'],
        functions.map((each) => [
          each.name,
          each.trigger ?? 'not known',
          each.trigger === undefined ? 'not known' : yesNo(!isDurable(each.trigger)),
          each.isDisabled === undefined ? 'not known' : yesNo(each.isDisabled),
          settings.kind === 'read' ? yesNo(isFenced(each)) : 'not known',
        ]),
      ),
      mode.page ?? `App Mode: ${escapeCell(mode.said)}.`,
    ),
  }
}

type ModeTold = { readonly name: string; readonly inProgress: string; readonly said: string; readonly page?: string }

/** An app without App Mode is none that fails. */
async function modeOf(wanted: DrainWanted, deps: AppModeDeps, signal: AbortSignal): Promise<ModeTold> {
  try {
    const answer = await readMode(wanted, deps, signal)
    if (answer.kind !== 'document') return unknown(answer.because)
    const { mode, inProgress } = answer.document
    return {
      name: mode,
      inProgress: String(inProgress),
      said: `${mode}, ${inProgress} in progress`,
      page: modeTable(answer.document),
    }
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return unknown(error.message)
  }
}

function unknown(because: string): ModeTold {
  return { name: 'unknown', inProgress: '', said: `not known (${asClause(because)})` }
}

function stateOf(isDisabled: boolean | undefined): string {
  if (isDisabled === undefined) return 'disabled or not is not known'
  return isDisabled ? 'disabled' : 'enabled'
}

function yesNo(answer: boolean): string {
  return answer ? 'yes' : 'no'
}
