import type { AppPicture, SlotName } from '../function-app/picture.ts'
import type { SlotFunction } from '../function-app/functions.ts'
import { isDurable, isHttp, sameFunction } from '../function-app/functions.ts'
import { remoteText } from '../remote-text.ts'

/** The functions of one slot. */
export type FunctionsOfSlot = { readonly slot: SlotName; readonly functions: readonly SlotFunction[] }

/** A function that begins new work. */
export type Starter = {
  /** As the first slot spells it that has it. */
  readonly name: string
  readonly trigger: string
  readonly isHttp: boolean
  /** Every slot that has it. */
  readonly slots: readonly SlotName[]
}

/** What a swap puts into a slot is the other's code, so the starters of both are fenced. */
export type StartersFound =
  /** `slot`: the one that is acted on. */
  | { readonly kind: 'found'; readonly slot: SlotName; readonly starters: readonly Starter[] }
  | { readonly kind: 'refuse'; readonly problem: string }

/**
 * The starters of the slots together, the acted-on slot first:
 * 1. it has functions: an empty list is one that could not be made, or a slot without code;
 * 2. every function has one trigger that could be read;
 * 3. none is a starter in one slot and an orchestrator, activity or entity in another, because a setting that disables it
 *    would make running orchestrations fail there (EXT OutOfProcMiddleware.cs:72-78).
 */
export function findStarters(app: AppPicture, all: readonly FunctionsOfSlot[]): StartersFound {
  const [own] = all
  if (!own || own.functions.length === 0) {
    return refuse(
      `Slot '${own?.slot ?? ''}' of '${app.app.name}' has no functions that Azure lists. Deploy to it, or look there why its host does ` +
        'not start, then run again.',
    )
  }
  const starters: Starter[] = []
  const durable = new Map<string, { readonly slot: SlotName; readonly trigger: string }>()
  for (const { slot, functions } of all) {
    for (const { name, trigger } of functions) {
      if (trigger === undefined) {
        return refuse(
          `What starts function '${remoteText(name, 130)}' of slot '${slot}' cannot be told: Azure lists no trigger of it, or more than one. ` +
            'Correct its bindings, then run again.',
        )
      }
      if (isDurable(trigger)) {
        if (!durable.has(name.toLowerCase())) durable.set(name.toLowerCase(), { slot, trigger })
        continue
      }
      const known = starters.findIndex((each) => sameFunction(each.name, name))
      const before = starters[known]
      if (before) starters[known] = { ...before, slots: [...before.slots, slot] }
      else starters.push({ name, trigger, isHttp: isHttp(trigger), slots: [slot] })
    }
  }
  for (const { name, slots } of starters) {
    const other = durable.get(name.toLowerCase())
    if (!other) continue
    return refuse(
      `Function '${remoteText(name, 130)}' starts work in slot '${slots.join("', '")}' and has a '${other.trigger}' in slot '${other.slot}'. ` +
        'A setting would disable both, and running orchestrations would fail. Give the new one another name.',
    )
  }
  return { kind: 'found', slot: own.slot, starters }
}

function refuse(problem: string): StartersFound {
  return { kind: 'refuse', problem }
}
