import type { AppModeAzure, AppModeEndpoint } from '../../core/app-mode/ports.ts'
import { workersOf } from '../../core/app-mode/workers.ts'
import { Refusal } from '../../core/failures.ts'
import type { AppAddress, SlotPicture } from '../../core/function-app/picture.ts'
import { isStopped } from '../../core/function-app/picture.ts'
import { requireSlot } from '../../core/function-app/slot-rules.ts'
import type { Deps } from '../deps.ts'
import { openApp } from '../look-at-app.ts'
import type { AppModeWanted } from './signal-wanted.ts'

export type AppModeDeps = Deps & { readonly appMode: AppModeAzure }

/** A slot whose App Mode can be asked. */
export type AppModeSlot = {
  readonly app: AppAddress
  readonly slot: SlotPicture
  readonly endpoint: AppModeEndpoint
  /** Worker processes of an instance; undefined where the settings do not tell. */
  readonly workers: number | undefined
}

/** Nothing is asked of the app yet. Throws `Refusal` and `AzureFailure`. */
export async function openAppMode(wanted: AppModeWanted, deps: AppModeDeps, signal: AbortSignal): Promise<AppModeSlot> {
  const opened = await openApp(deps, wanted, signal)
  const { picture } = await opened.look(signal)
  const slot = requireSlot(picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(slot.problem)
  if (isStopped(slot)) {
    throw new Refusal(`Slot '${slot.name}' is stopped, so that its App Mode cannot answer. Start it, or leave it out.`)
  }
  const key = wanted.appModeKey ?? (await deps.appMode.defaultHostKey(opened.address, slot.name, signal))
  const address = { hostName: slot.hostName, path: wanted.appModePath, ...(key !== undefined && { key }) }
  const endpoint = deps.appMode.open(address)
  return { app: opened.address, slot, endpoint, workers: workersOf(slot.settings) }
}
