// What was heard of a task hub, as a document: kind `hints`, its key the hub's name in lower case.
import { AzureFailure } from '../../core/failures.ts'
import { isObject, parseJson } from '../../core/json.ts'
import {
  noHints,
  withEvents,
  type HeardInstance,
  type HintedInstance,
  type HubHints,
} from '../../core/lifecycle/hints.ts'
import type { LifecycleEvent } from '../../core/lifecycle/event.ts'
import { changeDocument } from './change-document.ts'
import { named } from './document-rows.ts'
import type { Documents } from './documents.ts'

type StoredHints = {
  readonly version: 1
  readonly hints: HubHints
  /** Of the newest batches of events that are in `hints`, last first: a batch whose reply was lost is known by it. */
  readonly batches: readonly string[]
}

/** As many writes of others as may come between a lost reply and the look after it. */
const rememberedBatches = 32
const mostInstances = 1_000

/** What was heard of a hub; `noHints` where nothing was. Throws `AzureFailure`, of kind `unreadable` for a text that is no hints. */
export async function readHints(documents: Documents, hub: string, signal: AbortSignal): Promise<HubHints> {
  const stored = await documents.read('hints', hub.toLowerCase(), signal)
  return parse(hub, stored?.text).hints
}

/**
 * Changes what was heard of a hub, and answers what stands there then. A change that answers what it was given writes nothing;
 * it may be made more than once where others write too. Throws `AzureFailure`; after one whose `mayHaveHappened` is true the
 * change may be there.
 */
export async function changeHints(
  documents: Documents,
  hub: string,
  change: (hints: HubHints) => HubHints,
  signal: AbortSignal,
): Promise<HubHints> {
  const changeStored = (stored: StoredHints) => {
    const hints = change(stored.hints)
    return hints === stored.hints ? stored : { ...stored, hints }
  }
  return (await changeDocument(documents, documentOf(hub), changeStored, signal)).hints
}

export type EventBatch = { readonly id: string; readonly events: readonly LifecycleEvent[]; readonly at: Date }

/** Takes a batch of events of one hub in, once however often it is called for the same batch. Throws `AzureFailure`. */
export async function storeBatch(
  documents: Documents,
  hub: string,
  { id, events, at }: EventBatch,
  signal: AbortSignal,
): Promise<void> {
  const takeIn = (stored: StoredHints): StoredHints => {
    if (stored.batches.includes(id)) return stored
    const batches = [id, ...stored.batches].slice(0, rememberedBatches)
    return { version: 1, hints: withEvents(stored.hints, events, at), batches }
  }
  await changeDocument(documents, documentOf(hub), takeIn, signal)
}

function documentOf(hub: string) {
  return { kind: 'hints', key: hub.toLowerCase(), parse: (text?: string) => parse(hub, text) } as const
}

/** Fails closed: with hints that cannot be read, nothing may be said of the hub. */
function parse(hub: string, text: string | undefined): StoredHints {
  if (text === undefined) return { version: 1, hints: noHints, batches: [] }
  const stored = parseJson(text)
  const hints = isObject(stored) && stored['version'] === 1 ? hintsIn(stored['hints']) : undefined
  const batches = isObject(stored) ? textsIn(stored['batches'], rememberedBatches) : undefined
  if (hints && batches) return { version: 1, hints, batches }
  const operation = named('read what was heard of task hub', hub)
  throw new AzureFailure(`Could not ${operation}: the document is not one that this version wrote.`, {
    operation,
    kind: 'unreadable',
  })
}

function hintsIn(value: unknown): HubHints | undefined {
  if (!isObject(value)) return undefined
  const { generation, events, running, heard, untold, heardAt } = value
  if (!isCount(generation) || !isCount(events) || !isCount(untold)) return undefined
  if (!isListOf(running, isInstance) || !isListOf(heard, isHeard)) return undefined
  const hints = { generation, events, running, heard, untold }
  if (heardAt === undefined) return hints
  return isTime(heardAt) ? { ...hints, heardAt } : undefined
}

function isListOf<T>(value: unknown, isOne: (each: unknown) => each is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= mostInstances && value.every(isOne)
}

function isHeard(value: unknown): value is HeardInstance {
  return isObject(value) && isText(value['id']) && isText(value['name']) && isCount(value['generation'])
}

function isInstance(value: unknown): value is HintedInstance {
  return isObject(value) && isText(value['id']) && isText(value['name']) && isTime(value['heardAt'])
}

function textsIn(value: unknown, most: number): readonly string[] | undefined {
  return Array.isArray(value) && value.length <= most && value.every(isText) ? value : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value))
}
