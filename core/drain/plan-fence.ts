import { isSticky } from '../function-app/hub-setting.ts'
import type { AppPicture, Settings, SlotName } from '../function-app/picture.ts'
import { sameSlot } from '../function-app/picture.ts'
import { remoteText } from '../remote-text.ts'
import { fencedTarget } from './loose-fence.ts'
import { disables, disablingKeys, disablingName, journalName, journalOf, journalValue, markName } from './names.ts'
import type { FunctionsOfSlot, Starter } from './starters.ts'
import { findStarters } from './starters.ts'

/** `byOthers`: disabled by a setting that stays with the slot and that no fence wrote. `open`: left as it is. */
export type FenceState = 'toFence' | 'fenced' | 'byOthers' | 'open'

export type PlannedStarter = Starter & {
  readonly state: FenceState
  /** The setting that disables it, in the slot's own spelling where it has one. */
  readonly setting: string
}

export type FencePlan =
  | { readonly kind: 'refuse'; readonly problem: string }
  | {
      readonly kind: 'fence'
      readonly starters: readonly PlannedStarter[]
      /** Names that have to stay with their slot, in the order in which they are added. */
      readonly addSticky: readonly string[]
      readonly warnings: readonly string[]
    }

export type FenceSeen = {
  readonly picture: AppPicture
  /** The slot that is fenced first, then the one that it will be swapped with. */
  readonly functions: readonly FunctionsOfSlot[]
}

type Side = { readonly slot: SlotName; readonly settings: Settings }

/**
 * Which starters of a slot are to be fenced:
 * 1. the starters of both slots, as `findStarters` has them;
 * 2. the settings of every slot can be read;
 * 3. an HTTP starter only where it is asked for;
 * 4. one setting a function and slot: which of two the host takes depends on the operating system;
 * 5. a setting that disables a starter stays with its slot, in every slot: one that does not would travel in the next swap,
 *    and making its name stay would change what that swap does. One that a fence wrote is made to stay again, but not in the slot
 *    that it will be swapped with: a swap may have taken it there, and it would disable the function there for good;
 * 6. the setting's name is one that the operating system takes;
 * 7. what is disabled already is left alone.
 */
export function planFence(
  { picture, functions }: FenceSeen,
  { includeHttp }: { readonly includeHttp: boolean },
): FencePlan {
  const found = findStarters(picture, functions)
  if (found.kind === 'refuse') return found
  const sides: Side[] = []
  for (const { name, settings } of picture.slots) {
    if (settings.kind === 'unreadable') {
      return refuse(
        `The app settings of slot '${name}' cannot be read: ${settings.because}. Whether one of them disables a function is not known.`,
      )
    }
    sides.push({ slot: name, settings: settings.values })
  }
  const own = sides.find((side) => sameSlot(side.slot, found.slot))
  if (!own) return refuse(`Function app '${picture.app.name}' has no slot '${found.slot}'.`)
  const target = functions[1]?.slot
  const starters: PlannedStarter[] = []
  for (const starter of found.starters) {
    const planned = planStarter(starter, picture, { own, sides, includeHttp, target })
    if ('problem' in planned) return refuse(planned.problem)
    starters.push(planned)
  }
  return {
    kind: 'fence',
    starters,
    addSticky: starters.flatMap((starter) => stickyFor(starter, picture)),
    warnings: [
      ...functions
        .filter((each) => each.functions.length === 0)
        .map(
          (each) =>
            `Slot '${each.slot}' has no functions that Azure lists, so only those of slot '${own.slot}' are fenced.`,
        ),
      ...[target === undefined ? undefined : fencedTarget(picture, target)].filter((each) => each !== undefined),
    ],
  }
}

function planStarter(
  starter: Starter,
  { stickySettings, kind }: AppPicture,
  {
    own,
    sides,
    includeHttp,
    target,
  }: {
    readonly own: Side
    readonly sides: readonly Side[]
    readonly includeHttp: boolean
    readonly target: SlotName | undefined
  },
): PlannedStarter | { readonly problem: string } {
  const name = remoteText(starter.name, 130)
  const keys = disablingKeys(own.settings, starter.name)
  if (keys.length > 1) {
    return {
      problem: `Slot '${own.slot}' has ${keys.length} settings that say whether function '${name}' is disabled ('${keys.join("', '")}'). Remove all but one.`,
    }
  }
  const setting = keys[0] ?? disablingName(starter.name)
  const isOff = disables(own.settings[setting])
  const isOurs = isJournalled(own.settings, starter.name)
  if (starter.isHttp && !includeHttp && !(isOff && isOurs)) return { ...starter, setting, state: 'open' }
  for (const side of sides) {
    const loose = disablingKeys(side.settings, starter.name).find(
      (key) => disables(side.settings[key]) && !isSticky(stickySettings, key),
    )
    if (loose === undefined) continue
    if (isJournalled(side.settings, starter.name)) {
      if (target === undefined || !sameSlot(side.slot, target)) continue
      return {
        problem:
          `App setting '${loose}' fences function '${name}' of slot '${side.slot}' and is no deployment slot setting, as after a swap that took ` +
          `it there. Run action 'release' with slotName '${side.slot}', then run again.`,
      }
    }
    return {
      problem:
        `App setting '${loose}' of slot '${side.slot}' disables function '${name}' and is no deployment slot setting, so the next ` +
        `swap takes it along. Make it a deployment slot setting, or remove it.`,
    }
  }
  if (isOff) return { ...starter, setting, state: isOurs ? 'fenced' : 'byOthers' }
  if (!isSettable(starter.name, kind)) {
    return {
      problem:
        `Function '${name}' cannot be disabled on this app: on Linux the name of an app setting has only letters, digits, '.' and '_' ` +
        '(learn.microsoft.com/azure/azure-functions/disable-function). Give the function a name without other characters.',
    }
  }
  return { ...starter, setting, state: 'toFence' }
}

/** A mark beside each name that did not stay before, so that `release` takes back exactly these. */
function stickyFor({ name, setting, state }: PlannedStarter, { stickySettings }: AppPicture): readonly string[] {
  if (state === 'open' || state === 'byOthers') return []
  return [...(isSticky(stickySettings, setting) ? [] : [setting, markName(setting)]), journalName(name)].filter(
    (each) => !isSticky(stickySettings, each),
  )
}

/** `AppSetting with name 'AzureWebJobs.alg-bands.Disabled' is not allowed` (azure-functions-python-worker #1308). */
function isSettable(functionName: string, kind: string): boolean {
  return !kind.toLowerCase().includes('linux') || /^[A-Za-z0-9_.]+$/.test(functionName)
}

function isJournalled(settings: Settings, functionName: string): boolean {
  const key = journalName(functionName).toLowerCase()
  return journalOf(settings).some((each) => each.key.toLowerCase() === key)
}

/** The settings of the slot with the starters fenced, and beside each what was there before. */
export function fencedSettings(settings: Settings, starters: readonly PlannedStarter[]): Settings {
  const fenced: Record<string, string> = { ...settings }
  for (const { name, setting, state } of starters) {
    if (state !== 'toFence') continue
    const key = journalOf(settings).find(({ functionName }) => functionName.toLowerCase() === name.toLowerCase())?.key
    fenced[key ?? journalName(name)] = journalValue(settings[setting])
    fenced[setting] = 'true'
  }
  return fenced
}

function refuse(problem: string): FencePlan {
  return { kind: 'refuse', problem }
}
