import { Refusal } from '../../core/failures.ts'
import { unmoved } from '../../core/function-app/unmoved.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { hubInWords } from '../../core/function-app/slot-hub.ts'
import type { Fence } from '../../core/record/fence.ts'
import { withSetting } from '../../core/rotate/merge.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { sameHubName } from '../../core/task-hub/name.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import { slotSettings } from '../slot-settings.ts'
import { writeWhole } from '../write-whole.ts'

type Change = {
  readonly slot: SlotName
  readonly from: SlotHub
  readonly to: HubName
  /** Run right before the settings are written. */
  readonly fence: Fence
  /** Told once it is known whether they were written. */
  readonly settled: () => void
}

/**
 * Changes the one setting and keeps all others, as `writeWhole` does. Throws `Refusal` where the hub has moved since it was
 * looked at, and `AzureFailure`.
 */
export async function writeHubSetting(deps: Deps, app: OpenApp, change: Change, signal: AbortSignal): Promise<void> {
  const { slot, from, to, fence, settled } = change
  const { settingKey } = from
  await writeWhole(
    deps,
    slotSettings(deps, app, slot),
    {
      what: `give slot '${slot}' task hub '${to}'`,
      announcement: `Setting '${settingKey}' of slot '${slot}' to '${to}'; Azure restarts the slot.`,
      merge: ({ hub, settings }) => {
        requireUnmoved(hub, change)
        return withSetting(settings, settingKey, to)
      },
      isDone: ({ hub }) => hasHub(hub, to),
      notDone: ({ hub }) =>
        `Slot '${slot}' was given task hub '${to}' and reads back as ${hubInWords(hub)}. Look for a second spelling of ` +
        `'${settingKey}' in its app settings, remove it, then run again.`,
      cancelled:
        `Cancelled while slot '${slot}' was given task hub '${to}'; whether Azure did it is not known. Run the task again with ` +
        'the same inputs: it reads the slot and does only what is still missing.',
      fence,
      settled,
    },
    signal,
  )
}

function requireUnmoved(hub: SlotHub, { slot, from }: Change): void {
  if (unmoved(hub, from)) return
  throw new Refusal(
    `Slot '${slot}' was given ${hubInWords(hub)} by somebody else since this task looked at it. Nothing was changed. Run again.`,
  )
}

function hasHub({ name }: SlotHub, to: HubName): boolean {
  return name.kind === 'set' && sameHubName(name.value, to)
}
