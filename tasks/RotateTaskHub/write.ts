import { AzureFailure, Cancelled, Refusal } from '../../core/failures.ts'
import type { Settings, SlotName } from '../../core/function-app/picture.ts'
import { findSlot } from '../../core/function-app/picture.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { findHub, hubInWords } from '../../core/function-app/slot-hub.ts'
import type { Fence } from '../../core/record/fence.ts'
import { differingSettings, withSetting } from '../../core/rotate/merge.ts'
import { unmoved } from '../../core/rotate/unmoved.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { sameHubName } from '../../core/task-hub/name.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'

type Change = {
  readonly slot: SlotName
  readonly from: SlotHub
  readonly to: HubName
  /** Run right before the settings are written. */
  readonly fence: Fence
  /** Told once it is known whether they were written. */
  readonly settled: () => void
}

const readingsAfterLostReply = 4
const pauseMs = 3_000

/**
 * Changes the one setting and keeps all others: reads them now, merges, writes the whole set once, reads back. A lost
 * reply is answered by reading, never by writing again. Throws `Refusal` where the hub has moved since it was looked at.
 */
export async function writeHubSetting(deps: Deps, app: OpenApp, change: Change, signal: AbortSignal): Promise<void> {
  const before = await slotNow(app, change.slot, signal)
  if (!unmoved(before.hub, change.from)) {
    throw new Refusal(
      `Slot '${change.slot}' was given ${hubInWords(before.hub)} by somebody else since this task looked at it. Nothing was changed. Run again.`,
    )
  }
  const written = withSetting(before.settings, change.from.settingKey, change.to)
  deps.log.info(
    `Setting '${change.from.settingKey}' of slot '${change.slot}' to '${change.to}'; Azure restarts the slot.`,
  )
  try {
    await writeAndReadBack(deps, app, { ...change, settings: written }, signal)
  } catch (error) {
    throw error instanceof Cancelled ? cancelled(change) : error
  }
}

async function writeAndReadBack(
  deps: Deps,
  app: OpenApp,
  change: Change & { readonly settings: Settings },
  signal: AbortSignal,
): Promise<void> {
  await change.fence(`give slot '${change.slot}' task hub '${change.to}'`, signal)
  try {
    await deps.azure.apps.writeSettings(app.address, change.slot, change.settings, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    if (!error.mayHaveHappened) {
      change.settled()
      const { operation, kind, status, code, requestId } = error
      const details = { operation, kind, status, code, requestId, cause: error }
      throw new AzureFailure(`${error.message} No setting was changed.`, details)
    }
    deps.log.warn(`The answer to the change of settings was lost (${error.message}), so the slot is read.`)
    if (!(await seeWhetherWritten(deps, app, change, signal))) throw error
  }
  change.settled()
  const after = await slotNow(app, change.slot, signal)
  const others = differingSettings(change.settings, after.settings)
  if (others.length > 0) {
    throw new Refusal(
      `Slot '${change.slot}' has other app settings than this task wrote ('${others.join("', '")}'). Something else changed ` +
        'them at the same time. Check these settings, then run again.',
    )
  }
  if (!(after.hub.name.kind === 'set' && sameHubName(after.hub.name.value, change.to))) {
    throw new Refusal(
      `Slot '${change.slot}' was given task hub '${change.to}' and reads back as ${hubInWords(after.hub)}. Look for a second ` +
        `spelling of '${change.from.settingKey}' in its app settings, remove it, then run again.`,
    )
  }
}

async function seeWhetherWritten(deps: Deps, app: OpenApp, change: Change, signal: AbortSignal): Promise<boolean> {
  for (let reading = 0; reading < readingsAfterLostReply; reading++) {
    const { hub } = await slotNow(app, change.slot, signal)
    if (hub.name.kind === 'set' && sameHubName(hub.name.value, change.to)) return true
    await deps.clock.sleep(pauseMs, signal)
  }
  return false
}

async function slotNow(
  app: OpenApp,
  name: SlotName,
  signal: AbortSignal,
): Promise<{ readonly hub: SlotHub; readonly settings: Settings }> {
  const view = await app.look(signal)
  const slot = findSlot(view.picture, name)
  const hub = findHub(view.hubs, name)
  if (!slot || !hub) throw new Refusal(`Slot '${name}' is gone. Check the slots of '${app.address.name}'.`)
  if (slot.settings.kind === 'unreadable') {
    throw new Refusal(`The app settings of slot '${name}' cannot be read: ${slot.settings.because}.`)
  }
  return { hub, settings: slot.settings.values }
}

function cancelled({ slot, to }: Change): Cancelled {
  return new Cancelled(
    `Cancelled while slot '${slot}' was given task hub '${to}'; whether Azure did it is not known. Run the task again with ` +
      'the same inputs: it reads the slot and does only what is still missing.',
  )
}
