import { isSticky } from '../function-app/hub-setting.ts'
import type { AppPicture, Settings, SlotPicture } from '../function-app/picture.ts'
import { sameSlot } from '../function-app/picture.ts'
import { remoteText } from '../remote-text.ts'
import { disables, disablingKeys, journalOf } from './names.ts'

/**
 * Why a slot must not be swapped into another: a setting that fences it does not stay with it any more, as after a template
 * that wrote the deployment slot settings anew. The swap would take it along and disable the function there, and nothing
 * would be fenced here.
 */
export function looseFence(
  { app, stickySettings }: AppPicture,
  { name, settings }: SlotPicture,
  target: string,
): string | undefined {
  if (settings.kind === 'unreadable') return undefined
  const { values } = settings
  const loose = fencing(values).find(({ key }) => !isSticky(stickySettings, key))
  if (!loose) return undefined
  return (
    `App setting '${loose.key}' fences function '${remoteText(loose.functionName, 130)}' of slot '${name}', but is no deployment slot ` +
    `setting of '${app.name}' any more, so the swap would disable the function in slot '${target}'. Run DrainFunctionApp with action 'fence' ` +
    `on slot '${name}', which makes it one again, then run again.`
  )
}

/** A warning where the slot that another one is swapped into is fenced itself: what the swap puts there begins nothing. */
export function fencedTarget(picture: AppPicture, slot: string): string | undefined {
  const target = picture.slots.find(({ name }) => sameSlot(name, slot))
  const fenced = target?.settings.kind === 'read' ? fencing(target.settings.values) : []
  const [first] = fenced
  if (!target || !first) return undefined
  const others = fenced.length === 1 ? '' : ` and ${fenced.length - 1} more`
  return (
    `Slot '${target.name}' is fenced itself (function '${remoteText(first.functionName, 130)}'${others}), so what a swap puts there begins no work. ` +
    `Unless that is meant, run action 'release' with slotName '${target.name}' before the swap.`
  )
}

function fencing(values: Settings): readonly { readonly functionName: string; readonly key: string }[] {
  return journalOf(values).flatMap(({ functionName }) =>
    disablingKeys(values, functionName)
      .filter((key) => disables(values[key]))
      .map((key) => ({ functionName, key })),
  )
}
