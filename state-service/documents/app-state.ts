import { isObject, parseJson } from '../../core/json.ts'
import type { Verdict } from '../../core/task-hub/idle-proof/evidence.ts'
import { sameHubName } from '../../core/task-hub/name.ts'
import type { ToldHub, ToldRun } from '../contract.ts'

export type SlotAnnouncement = {
  readonly taskHub: ToldHub
  readonly build: string
  readonly at: string
  readonly by: ToldRun
}

/** What the service has seen of a slot when it looked last. */
export type SlotSeen = {
  readonly taskHub: ToldHub
  readonly verdict: Verdict
  /** Why its hub cannot be read, or judged. */
  readonly trouble?: string
}

/** What is remembered of an app, by slot in lower case. Never what a verdict rests on. */
export type AppState = {
  readonly announced: Readonly<Record<string, SlotAnnouncement>>
  readonly seen: Readonly<Record<string, SlotSeen>>
  /** When somebody asked about the slot last, to the nearest few minutes. */
  readonly asked: Readonly<Record<string, string>>
  /** What was told, by ids of whoever tells it, newest last. */
  readonly told: readonly { readonly id: string; readonly at: string }[]
  readonly reconciledAt?: string
}

export const noAppState: AppState = { announced: {}, seen: {}, asked: {}, told: [] }

/** An app has 20 slots at most, and production (learn: functions-scale, "Service limits"); names may be made up. */
const mostSlots = 40

/** What is told again is known by its id for so long. */
const mostTold = 50

/** One that cannot be understood counts as none: it holds nothing that cannot be told again. */
export function parseAppState(text?: string): AppState {
  const value = text === undefined ? undefined : parseJson(text)
  if (!isObject(value)) return noAppState
  const { announced, seen, asked, told } = value
  if (!isObject(announced) || !isObject(seen) || !isObject(asked) || !Array.isArray(told)) return noAppState
  return value as AppState
}

/** What a record of slots holds for a slot. Not `record[slot]`: a slot may be called `constructor`. */
export function ofSlot<T>(record: Readonly<Record<string, T>>, slot: string): T | undefined {
  const key = slot.toLowerCase()
  return Object.hasOwn(record, key) ? record[key] : undefined
}

export function sameToldHub(one: ToldHub, other: ToldHub): boolean {
  const accounts = [one.account, other.account].filter((account) => account !== undefined)
  return sameHubName(one.name, other.name) && new Set(accounts.map((account) => account.toLowerCase())).size <= 1
}

export function withAnnouncement(state: AppState, slot: string, announcement: SlotAnnouncement): AppState {
  const announced = Object.entries({ ...state.announced, [slot.toLowerCase()]: announcement })
  const newest = announced.toSorted(([, one], [, other]) => other.at.localeCompare(one.at)).slice(0, mostSlots)
  return { ...state, announced: Object.fromEntries(newest) }
}

/** Whether it was announced already, by the same run: told again after a lost reply. */
export function wasAnnounced(state: AppState, slot: string, { taskHub, build, by }: SlotAnnouncement): boolean {
  const known = ofSlot(state.announced, slot)
  return (
    known !== undefined &&
    sameToldHub(known.taskHub, taskHub) &&
    known.build === build &&
    known.by.run === by.run &&
    known.by.link === by.link
  )
}

/** Both slots as they are told to stand after a swap. Undefined where they are known to stand so already, however it was told. */
export function withSwap(state: AppState, swap: ToldSwap): AppState | undefined {
  const { source, target, taskHub, previous } = swap
  const now = [ofSlot(state.announced, target), ofSlot(state.announced, source)]
  const stands = (known: SlotAnnouncement | undefined, hub: ToldHub) => known && sameToldHub(known.taskHub, hub)
  if (stands(now[0], taskHub) && (previous === undefined || stands(now[1], previous))) return undefined
  const buildOf = (hub: ToldHub) => now.find((known) => stands(known, hub))?.build ?? ''
  const place = (hub: ToldHub): SlotAnnouncement => ({ taskHub: hub, build: buildOf(hub), at: swap.at, by: swap.by })
  const moved = withAnnouncement(state, target, place(taskHub))
  return previous ? withAnnouncement(moved, source, place(previous)) : withoutAnnouncement(moved, source)
}

export type ToldSwap = {
  readonly source: string
  readonly target: string
  readonly taskHub: ToldHub
  readonly previous?: ToldHub
  readonly at: string
  readonly by: ToldRun
}

function withoutAnnouncement(state: AppState, slot: string): AppState {
  const { [slot.toLowerCase()]: _, ...announced } = state.announced
  return { ...state, announced }
}

/** Enters that something was told, or answers when it was told first: what is told again is entered once. */
export function withTold(state: AppState, id: string, at: string): AppState {
  if (state.told.some((each) => each.id === id)) return state
  return { ...state, told: [...state.told, { id, at }].slice(-mostTold) }
}
