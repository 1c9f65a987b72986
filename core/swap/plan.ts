import { looseFence } from '../drain/loose-fence.ts'
import type { AppPicture, SlotName } from '../function-app/picture.ts'
import { isStopped, production, sameSlot } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { hubInWords, hubOf, runsHub } from '../function-app/slot-hub.ts'
import type { SlotSide } from '../function-app/slot-rules.ts'
import {
  mayShareHub,
  overriddenHub,
  pendingSwap,
  requireSide,
  stickyHubSetting,
  stickyStorageSetting,
} from '../function-app/slot-rules.ts'
import { qualifiedHubName } from '../task-hub/hub.ts'
import { defaultHubName } from '../task-hub/layout.ts'
import { sameHubName } from '../task-hub/name.ts'
import type { WantedHub } from '../task-hub/wanted-hub.ts'
import { wantedHubInWords } from '../task-hub/wanted-hub.ts'

export type SwapAim = {
  readonly source: SlotName
  readonly target: SlotName
  /** The hub that the target must run afterwards. */
  readonly taskHub: WantedHub
}

type SwapSeen = {
  readonly picture: AppPicture
  readonly hubs: readonly SlotHub[]
  readonly storageKeys: readonly string[]
}

export type SwapPlan =
  | { readonly kind: 'refuse'; readonly problem: string }
  | { readonly kind: 'alreadyDone'; readonly source: SlotSide; readonly target: SlotSide }
  | { readonly kind: 'swap'; readonly source: SlotSide; readonly target: SlotSide }

/**
 * Decides whether two slots are to be swapped so that the target runs the wanted hub. Refused, in this order, where
 * 1. source and target are one slot, or one of them does not exist or cannot be read;
 * 2. a swap or a swap with preview is pending on either;
 * 3. the hub setting would not travel with the code: sticky, or overridden behind host.json;
 * 4. the storage setting is sticky while the two slots' accounts differ;
 * 5. both slots run one hub: the two versions of the code would work on the same orchestrations;
 * 6. the name alone means a hub of each slot, in two accounts;
 * 7. neither slot runs the wanted hub;
 * 8. the source is stopped, or the target's hub is the app's default name, which would not start in the source: what runs on it would stop;
 * 9. a fence of the source would travel with the swap and disable functions in the target.
 * A target that runs it already needs no swap: this is what makes a rerun safe, a swap being its own inverse.
 */
export function planSwap(seen: SwapSeen, aim: SwapAim): SwapPlan {
  const { picture } = seen
  if (sameSlot(aim.source, aim.target)) {
    return refuse(`Source and target are both slot '${aim.source}'. Name two different slots.`)
  }
  const source = requireSide(seen, aim.source)
  if ('problem' in source) return refuse(source.problem)
  const target = requireSide(seen, aim.target)
  if ('problem' in target) return refuse(target.problem)

  const both = [source.hub, target.hub]
  const problem =
    pendingSwap(picture, [source.slot, target.slot]) ??
    stickyHubSetting(picture, source.hub.settingKey) ??
    overriddenHub(picture, both) ??
    stickyStorageSetting(picture, seen.storageKeys, both) ??
    oneHub(source.hub, target.hub) ??
    ambiguousHub(source.hub, target.hub, aim.taskHub)
  if (problem !== undefined) return refuse(problem)

  if (runsHub(target.hub, aim.taskHub)) return { kind: 'alreadyDone', source, target }
  if (runsHub(source.hub, aim.taskHub)) {
    const stranded =
      stoppedSource(source) ??
      strandedHub(picture, source, target) ??
      looseFence(picture, source.slot, target.slot.name)
    return stranded === undefined ? { kind: 'swap', source, target } : refuse(stranded)
  }
  return refuse(
    `Neither slot runs task hub '${wantedHubInWords(aim.taskHub)}': '${source.slot.name}' has ${hubInWords(source.hub)}, '${target.slot.name}' ` +
      `has ${hubInWords(target.hub)}. Run RotateTaskHub and the deployment first, or give the hub that '${target.slot.name}' must run.`,
  )
}

/** Durable Functions starts no host on the default hub name outside production (EXT DurableTaskOptions.cs:312-370). */
function strandedHub(picture: AppPicture, source: SlotSide, target: SlotSide): string | undefined {
  const { name } = target.hub
  if (sameSlot(source.slot.name, production) || name.kind !== 'set') return undefined
  if (!sameHubName(name.value, defaultHubName(picture.app.name))) return undefined
  return (
    `Slot '${target.slot.name}' runs task hub '${name.value}', the default name of app '${picture.app.name}', which Durable ` +
    `Functions refuses in slot '${source.slot.name}', so its orchestrations would stop after the swap. Give ` +
    `'${target.slot.name}' another task hub first: RotateTaskHub with its slotName, once it is idle.`
  )
}

function stoppedSource({ slot }: SlotSide): string | undefined {
  if (!isStopped(slot)) return undefined
  return `Slot '${slot.name}' is stopped, so nothing warms up there and nothing would serve after the swap. Start it, then run again.`
}

function oneHub(source: SlotHub, target: SlotHub): string | undefined {
  if (!mayShareHub(source, target)) return undefined
  return (
    `Slot '${source.slot}' and slot '${target.slot}' both use task hub ${hubInWords(source)}. Run RotateTaskHub on ` +
    `'${source.slot}' and deploy to it first.`
  )
}

function ambiguousHub(source: SlotHub, target: SlotHub, wanted: WantedHub): string | undefined {
  const [one, other] = [hubOf(source), hubOf(target)]
  if (!one || !other || !runsHub(source, wanted) || !runsHub(target, wanted)) return undefined
  return (
    `Task hub '${wantedHubInWords(wanted)}' is '${qualifiedHubName(one)}' in slot '${source.slot}' and '${qualifiedHubName(other)}' in ` +
    `slot '${target.slot}'. Give taskHubName with its storage account: '${qualifiedHubName(one)}' to swap.`
  )
}

function refuse(problem: string): SwapPlan {
  return { kind: 'refuse', problem }
}
