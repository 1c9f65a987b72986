// The functions of an app, as far as it matters which of them begin new work.

/** One function that a slot has deployed. */
export type SlotFunction = {
  readonly name: string
  /** The type of its trigger binding, such as `timerTrigger`; not set where its bindings could not be read. */
  readonly trigger?: string
  /** Not set where it was not told. */
  readonly isDisabled?: boolean
}

/** What the host of a slot says of its functions, or why that is not known, as a clause. */
export type RunningFunctions =
  | { readonly kind: 'known'; readonly functions: readonly SlotFunction[] }
  | { readonly kind: 'unknown'; readonly because: string }

/** What stays with its slot in a swap (site-level `slotConfigNames`), whole: a write replaces all of it. */
export type StickyNames = {
  readonly appSettings: readonly string[]
  /** The other lists, and whatever else there is, by their own spelling: written back as they were read. */
  readonly others: Readonly<Record<string, unknown>>
}

/** Orchestrators, activities and entities: they finish what was begun, and must never be disabled. */
export function isDurable(trigger: string): boolean {
  return ['orchestrationtrigger', 'activitytrigger', 'entitytrigger'].includes(trigger.toLowerCase())
}

export function isHttp(trigger: string): boolean {
  return trigger.toLowerCase() === 'httptrigger'
}

/** Names of functions compare without case (HOST Utility.cs:59, and its look-ups by StringComparison.OrdinalIgnoreCase). */
export function sameFunction(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/** The trigger of a function by its bindings: the one whose type ends so (HOST FunctionMetadataExtensions.cs:90-98). */
export function triggerOf(types: readonly string[]): string | undefined {
  const triggers = types.filter((type) => type.toLowerCase().endsWith('trigger'))
  return triggers.length === 1 ? triggers[0] : undefined
}
