// The port that a look reads through, over a model hub. Between any two reads the world goes on.
import type { HistoryRow } from '../../core/task-hub/rows/history.ts'
import type {
  HistoryReader,
  HubReader,
  InstanceReader,
  QueueReader,
  QueueLook,
} from '../../core/task-hub/idle-proof/hub-reader.ts'
import { endedStatuses, type InstanceRow } from '../../core/task-hub/rows/instance.ts'
import type { Row } from './state.ts'
import type { World } from './world.ts'

const ended: readonly string[] = endedStatuses

/** What the reader saw of time, for the oracle: when each queue was counted, by look. */
export type LookTimes = { readonly began: number; readonly counted: Map<number, number> }

export class ModelReader implements HubReader {
  readonly looks: LookTimes[] = []
  readonly instances: InstanceReader
  readonly history: HistoryReader
  readonly queues: QueueReader
  readonly #world: World
  #requests = 0

  /** `between` lets the world go on; `requestsEach` makes a small hub cost what a large one does. */
  constructor(world: World, { between, requestsEach }: { between: () => void; requestsEach: number }) {
    this.#world = world
    const read = () => {
      between()
      this.#requests += requestsEach
      world.moment += 1
    }
    this.instances = {
      shared: false,
      scan: (since) => scan(world, since, read),
      row: (key) => {
        read()
        const row = world.rows.get(key)
        return Promise.resolve(row && instanceOf(row))
      },
      completed: () => Promise.resolve([]),
    }
    this.history = {
      endAndTimers: (key) => {
        read()
        return Promise.resolve(historyOf(world, key))
      },
      outstanding: () => Promise.resolve(undefined),
      withTimersAfter: (moment) => timersAfter(world, moment, read),
    }
    this.queues = {
      names: () => {
        read()
        this.looks.push({ began: world.moment, counted: new Map() })
        return Promise.resolve(queueNames(world))
      },
      look: (names) => Promise.resolve(lookAtQueues(world, names, { read, counted: this.looks.at(-1)?.counted })),
    }
  }

  now(): Date {
    return new Date(this.#world.now)
  }

  partitionCount(): Promise<number> {
    return Promise.resolve(this.#world.setting.partitions)
  }

  isThere(): Promise<boolean> {
    return Promise.resolve(true)
  }

  requests(): number {
    return this.#requests
  }
}

function queueNames({ workItems }: World): string[] {
  const control = Array.from({ length: workItems }, (_, number) => `orders-control-${String(number).padStart(2, '0')}`)
  return [...control, 'orders-workitems']
}

/** Key ranges read in turns, in pages that may be empty although there is more. */
// eslint-disable-next-line @typescript-eslint/require-await -- the model answers at once
async function* scan(world: World, since: Date, read: () => void): AsyncGenerator<readonly InstanceRow[]> {
  const { random } = world
  const split = random.pick(['', 'Child5', 'Order', '\uffff'])
  let ranges = [
    { after: '', until: split },
    { after: split, until: '\uffff\uffff' },
  ]
  while (ranges.length > 0) {
    const range = random.pick(ranges)
    read()
    const keys = [...world.rows.keys()].filter((key) => key > range.after && key <= range.until).sort()
    const page = keys.slice(0, random.whole(0, 3))
    range.after = page.at(-1) ?? range.after
    if (page.length === keys.length) ranges = ranges.filter((other) => other !== range)
    const rows = page.map((key) => world.rows.get(key)).filter((row) => row !== undefined)
    const wanted = rows.filter(({ status, writtenMs }) => !ended.includes(status) || writtenMs >= since.getTime())
    yield wanted.map(instanceOf)
  }
}

export function instanceOf({ key, name, status, executionId, customStatus, scheduledAt, writtenAt }: Row): InstanceRow {
  return {
    key,
    id: key,
    name,
    version: '',
    status,
    executionId,
    writtenAt,
    ...(customStatus === undefined ? {} : { customStatus }),
    ...(scheduledAt ? { scheduledAt } : {}),
  }
}

function historyOf({ histories }: World, key: string): HistoryRow[] {
  const state = histories.get(key)
  if (state?.kind !== 'orchestration') return []
  const { executionId } = state
  const rows: HistoryRow[] = [{ rowKey: 'sentinel', executionId }]
  for (const { task, fireAt, fired } of state.timers) {
    rows.push({ rowKey: `${task}`, executionId, eventType: 'TimerCreated', eventId: task, fireAt: new Date(fireAt) })
    if (fired) rows.push({ rowKey: `${task}f`, executionId, eventType: 'TimerFired', timerId: task })
  }
  if (state.ended !== '') {
    const eventType = state.ended === 'Completed' ? 'ExecutionCompleted' : 'ExecutionTerminated'
    rows.push({ rowKey: 'end', executionId, eventType })
  }
  return rows
}

// eslint-disable-next-line @typescript-eslint/require-await -- the model answers at once
async function* timersAfter(world: World, moment: Date, read: () => void): AsyncGenerator<readonly string[]> {
  for (const key of [...world.histories.keys()].sort()) {
    read()
    const state = world.histories.get(key)
    if (state?.kind !== 'orchestration') continue
    if (state.timers.some(({ fireAt }) => fireAt > moment.getTime())) yield [key, key]
  }
}

/** Side by side: any order, and the count and the peek of a queue are two moments. */
function lookAtQueues(
  world: World,
  names: readonly string[],
  { read, counted }: { readonly read: () => void; readonly counted: Map<number, number> | undefined },
): QueueLook[] {
  const looks: QueueLook[] = []
  let waiting = names.map((name, queue) => ({ name, queue, messages: -1 }))
  while (waiting.length > 0) {
    const one = world.random.pick(waiting)
    read()
    const there = [...world.messages].filter(({ queue }) => queue === one.queue)
    if (one.messages < 0) {
      // Approximate, never too low.
      one.messages = there.length + (!world.isCalm && world.random.chance(0.02) ? 1 : 0)
      counted?.set(one.queue, world.moment)
      if (one.messages > 0) continue
    }
    const visible = one.messages === 0 ? 0 : there.filter((message) => world.isVisible(message)).length
    const kind = one.queue === world.workItems ? 'workItems' : 'control'
    looks.push({ name: one.name, kind, messages: one.messages, visible, leftoverTimers: 0 })
    waiting = waiting.filter((other) => other !== one)
  }
  return looks
}
