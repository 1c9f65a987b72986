import { isObject, parseJson } from '../core/json.ts'
import type { Verdict } from '../core/task-hub/idle-proof/evidence.ts'
import { sameHubName } from '../core/task-hub/name.ts'
import type { ToldHub, ToldRun } from './contract.ts'

export type SlotAnnouncement = {
  readonly taskHub: ToldHub
  readonly build: string
  readonly at: string
  readonly by: ToldRun
}

/** What the service has seen of a slot when it looked last. */
export type SlotSeen = { readonly taskHub: ToldHub; readonly verdict: Verdict }

/** What is remembered of an app, by slot in lower case. Never what a verdict rests on. */
export type AppState = {
  readonly announced: Readonly<Record<string, SlotAnnouncement>>
  readonly seen: Readonly<Record<string, SlotSeen>>
  /** When somebody asked about the slot last, to the nearest few minutes. */
  readonly asked: Readonly<Record<string, string>>
  /** Of swaps that were announced, newest last. */
  readonly swaps: readonly { readonly id: string; readonly at: string }[]
  readonly reconciledAt?: string
}

export const noAppState: AppState = { announced: {}, seen: {}, asked: {}, swaps: [] }

/** An app has 20 slots at most, and production (learn: functions-scale, "Service limits"); names may be made up. */
const mostSlots = 40

/** Swaps that are told again are known by their ids for so long. */
const mostSwaps = 20

/** One that cannot be understood counts as none: it holds nothing that cannot be told again. */
export function parseAppState(text?: string): AppState {
  const value = text === undefined ? undefined : parseJson(text)
  if (!isObject(value)) return noAppState
  const { announced, seen, asked, swaps } = value
  if (!isObject(announced) || !isObject(seen) || !isObject(asked) || !Array.isArray(swaps)) return noAppState
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

/** What was announced changes places with the slots, as the hubs themselves do in a swap. */
export function withSwap(
  state: AppState,
  swap: { readonly id: string; readonly source: string; readonly target: string; readonly at: string },
): AppState {
  if (state.swaps.some(({ id }) => id === swap.id)) return state
  const [source, target] = [swap.source.toLowerCase(), swap.target.toLowerCase()]
  const [fromSource, fromTarget] = [ofSlot(state.announced, source), ofSlot(state.announced, target)]
  const { [source]: _, [target]: __, ...rest } = state.announced
  const announced = {
    ...rest,
    ...(fromSource ? { [target]: fromSource } : {}),
    ...(fromTarget ? { [source]: fromTarget } : {}),
  }
  return { ...state, announced, swaps: [...state.swaps, { id: swap.id, at: swap.at }].slice(-mostSwaps) }
}
