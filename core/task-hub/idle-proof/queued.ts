import type { QueueLook } from './hub-reader.ts'
import type { MessageKind, SeenMessage } from '../rows/message.ts'

/** Names that are told; a hub whose messages have more of them is told by its counts. */
const mostNames = 20

/** What waits in a hub's queues, as far as a peek shows it. Names in it are fit to print. */
export type Queued = {
  /** Queued and executing. */
  readonly activities: number
  /** Messages that a peek showed, of control queues. */
  readonly kinds: Readonly<Record<MessageKind, number>>
  /** Messages of control queues where a peek shows some, beyond those it shows. */
  readonly unread: number
  /** Messages of control queues where a peek shows none; leftover timers not among them. */
  readonly hidden: number
  /** The most frequent first. */
  readonly names: readonly { readonly kind: MessageKind; readonly name: string; readonly count: number }[]
  /** Instances that the starts seen are for. */
  readonly starting: readonly string[]
}

export function readQueues(queues: readonly QueueLook[]): Queued {
  const kinds = { start: 0, activity: 0, result: 0, timer: 0, event: 0, operation: 0, large: 0, other: 0 }
  const control = queues.filter(({ kind }) => kind === 'control')
  const work = queues.filter(({ kind }) => kind === 'workItems')
  const shown = control.flatMap(({ seen = [] }) => seen)
  for (const { kind } of shown) kinds[kind] += 1
  return {
    activities: sum(work.map(({ messages, visible }) => Math.max(messages, visible))),
    kinds,
    unread: sum(
      control.map(({ messages, visible, seen = [] }) => (visible > 0 ? Math.max(0, messages - seen.length) : 0)),
    ),
    hidden: sum(
      control.map(({ messages, visible, leftoverTimers }) =>
        visible === 0 ? Math.max(0, messages - leftoverTimers) : 0,
      ),
    ),
    names: namesOf([...shown, ...work.flatMap(({ seen = [] }) => seen)]),
    starting: shown.flatMap(({ kind, instanceId }) =>
      kind === 'start' && instanceId !== undefined ? [instanceId] : [],
    ),
  }
}

function namesOf(messages: readonly SeenMessage[]): Queued['names'] {
  const counts = new Map<string, { kind: MessageKind; name: string; count: number }>()
  for (const { kind, name = '' } of messages) {
    const known = counts.get(`${kind} ${name}`)
    if (known) known.count += 1
    else counts.set(`${kind} ${name}`, { kind, name, count: 1 })
  }
  return [...counts.values()].sort((left, right) => right.count - left.count).slice(0, mostNames)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
