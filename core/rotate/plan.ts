import type { AppPicture, SlotName, SlotPicture } from '../function-app/picture.ts'
import { production, sameSlot } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { hubOf } from '../function-app/slot-hub.ts'
import {
  mayShareAccount,
  overriddenHub,
  pendingSwap,
  requireSide,
  stickyHubSetting,
  stickyStorageSetting,
} from '../function-app/slot-rules.ts'
import { defaultHubName } from '../task-hub/layout.ts'
import type { Hub } from '../task-hub/hub.ts'
import type { HubName } from '../task-hub/name.ts'
import { sameHubName } from '../task-hub/name.ts'

type RotateAim = { readonly slot: SlotName; readonly taskHub: HubName }

export type RotateSeen = {
  readonly picture: AppPicture
  /** One for each slot of the picture, in its order. */
  readonly hubs: readonly SlotHub[]
  readonly storageKeys: readonly string[]
  /** Whether the wanted hub already exists in the slot's account with rows, messages or payloads in it. */
  readonly wantedHub: 'absent' | 'empty' | 'heldByWorker' | 'holdsData' | 'unknown'
}

export type RotatePlan =
  | { readonly kind: 'refuse'; readonly problem: string }
  | { readonly kind: 'alreadyRotated'; readonly slot: SlotPicture; readonly hub: Hub | undefined }
  | {
      readonly kind: 'rotate'
      readonly slot: SlotPicture
      readonly settingKey: string
      /** The slot's hub today; undefined where it has none, or none that can be told. */
      readonly from: SlotHub
      readonly warnings: readonly string[]
    }

/**
 * Decides whether a slot gets a new task hub. Refused, in this order, where
 * 1. the slot does not exist, its settings cannot be read, or a swap is pending on it;
 * 2. the hub setting would not travel with the code: sticky, or overridden behind host.json;
 * 3. the storage setting is sticky while the slots' accounts differ;
 * 4. the wanted hub is the app's default name, which the extension refuses in a slot other than production;
 * 5. another slot uses the wanted hub on the same account, or that cannot be told;
 * 6. the wanted hub already holds data, or a worker holds it, and it is not this slot's.
 */
export function planRotation(seen: RotateSeen, aim: RotateAim): RotatePlan {
  const { picture, hubs } = seen
  const side = requireSide(seen, aim.slot)
  if ('problem' in side) return refuse(side.problem)
  const { slot, hub: from } = side

  const problem =
    pendingSwap(picture, [slot]) ??
    stickyHubSetting(picture, from.settingKey) ??
    overriddenHub(picture, hubs) ??
    stickyStorageSetting(picture, seen.storageKeys, hubs) ??
    defaultNameInSlot(picture, slot, aim.taskHub) ??
    usedElsewhere(hubs, from, aim.taskHub)
  if (problem !== undefined) return refuse(problem)

  if (from.name.kind === 'set' && sameHubName(from.name.value, aim.taskHub)) {
    return { kind: 'alreadyRotated', slot, hub: hubOf(from) }
  }
  if (seen.wantedHub === 'holdsData') {
    return refuse(
      `Task hub '${aim.taskHub}' already holds data and is not the hub of slot '${slot.name}'. Give a name that was never ` +
        'used; a build id in it makes sure of that.',
    )
  }
  if (seen.wantedHub === 'heldByWorker') {
    return refuse(
      `A worker already runs on task hub '${aim.taskHub}', which is not the hub of slot '${slot.name}'. Give a name that no app ` +
        'uses.',
    )
  }
  return { kind: 'rotate', slot, settingKey: from.settingKey, from, warnings: warningsOf(seen, aim, from) }
}

function refuse(problem: string): RotatePlan {
  return { kind: 'refuse', problem }
}

function defaultNameInSlot(picture: AppPicture, slot: SlotPicture, wanted: HubName): string | undefined {
  if (sameSlot(slot.name, production) || !sameHubName(wanted, defaultHubName(picture.app.name))) return undefined
  return (
    `Task hub '${wanted}' is the default name of app '${picture.app.name}', which Durable Functions refuses in slot ` +
    `'${slot.name}'. Give another name.`
  )
}

function usedElsewhere(hubs: readonly SlotHub[], own: SlotHub, wanted: HubName): string | undefined {
  for (const other of hubs) {
    if (other === own) continue
    if (other.name.kind === 'unreadable') {
      return `Whether slot '${other.slot}' uses task hub '${wanted}' cannot be told: ${other.name.because}.`
    }
    if (other.name.kind !== 'set' || !sameHubName(other.name.value, wanted) || !mayShareAccount(own, other)) continue
    const where =
      other.storage.kind === 'known' && own.storage.kind === 'known'
        ? 'on the same storage account'
        : 'and the storage accounts cannot be told apart'
    return `Slot '${other.slot}' already uses task hub '${other.name.value}' ${where}. Give a name that no slot uses.`
  }
  return undefined
}

function warningsOf(seen: RotateSeen, aim: RotateAim, from: SlotHub): readonly string[] {
  const warnings: string[] = []
  if (seen.wantedHub === 'unknown') {
    warnings.push(`Whether task hub '${aim.taskHub}' already exists could not be checked in storage.`)
  }
  if (from.name.kind === 'unset') {
    warnings.push(
      `Slot '${from.slot}' had no app setting '${from.settingKey}'. The deployed host.json must name it: "hubName": "%${from.settingKey}%".`,
    )
  }
  return warnings
}
