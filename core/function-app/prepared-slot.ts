import { remoteText } from '../remote-text.ts'
import type { AppAddress, AppPicture, SlotName, SlotPicture } from './picture.ts'
import { production, sameSlot } from './picture.ts'

/**
 * The slot that is prepared for a swap with one of the slots, or is itself one of them. `targetSwapSlot` is set by the first
 * step of a swap and of a swap with preview (learn: deploy-staging-slots, "What happens during a swap").
 */
export function preparedSlot(picture: AppPicture, slots: readonly SlotName[]): SlotPicture | undefined {
  const involves = (name: string) => slots.some((slot) => sameSlot(slot, name))
  return picture.slots.find(
    ({ name, targetSwapSlot }) => targetSwapSlot !== undefined && (involves(name) || involves(targetSwapSlot)),
  )
}

/**
 * Names the slot, and the command that gives it its own settings back: `resetSlotConfig` on the slot itself, as "Cancel Swap"
 * of Microsoft's task does. Not `az … slot swap --action reset`, which resets the target slot instead (azure-cli
 * appservice/custom.py, swap_slot).
 */
export function preparedInWords(app: AppAddress, { name, targetSwapSlot = '' }: SlotPicture): string {
  return (
    `slot '${name}' of '${app.name}' is prepared for a swap with '${remoteText(targetSwapSlot, 80)}', and Azure shows no ` +
    'operation that carries it on: it was stopped half-way, is a swap with preview that was neither completed nor cancelled, or ' +
    'was only just begun. Where nothing comes of it, give the slot ' +
    `its own settings back, in the portal (Deployment slots, Swap, cancel) or with ${resetCommand(app, name)}, then run again`
  )
}

/** `az rest` fills in the subscription that is signed in to. */
export function resetCommand({ resourceGroup, name }: AppAddress, slot: SlotName): string {
  const group = encodeURIComponent(resourceGroup)
  const place = sameSlot(slot, production) ? '' : `/slots/${encodeURIComponent(slot)}`
  const site = `/subscriptions/{subscriptionId}/resourceGroups/${group}/providers/Microsoft.Web/sites/${encodeURIComponent(name)}`
  return `az rest --method post --url "${site}${place}/resetSlotConfig?api-version=2024-11-01"`
}
