// Observers that lack one part of the rule each, made by wrapping the port or by leaving out what a look tells. The model
// must find each of them out, or it proves nothing of the part.
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import type { HubReader, QueueLook } from '../../core/task-hub/idle-proof/hub-reader.ts'
import type { InstanceRow } from '../../core/task-hub/rows/instance.ts'
import type { Observer } from './schedule.ts'

/** What a mutant gets wrong: it misses work, trusts what nothing proves, or is held for good. `from`: a seed shortly before the first that shows it. */
export type Mutant = {
  readonly wrong: 'missed' | 'trusted' | 'held'
  readonly observer: Observer
  readonly from: number
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'one proof': { wrong: 'missed', from: 1, observer: { proofs: 1 } },
  'one proof, queues before rows': { wrong: 'missed', from: 1, observer: { proofs: 1, reader: queuesFirst } },
  'two proofs, whatever is written in between': { wrong: 'missed', from: 8501, observer: { evidence: withoutChanges } },
  'rows alone': { wrong: 'missed', from: 1, observer: { reader: (inner) => withQueues(inner, () => []) } },
  'a peek in place of a count': {
    wrong: 'missed',
    from: 1,
    observer: {
      reader: (inner) => withQueues(inner, (looks) => looks.map((each) => ({ ...each, messages: each.visible }))),
    },
  },
  'no look at the work-item queue': {
    wrong: 'missed',
    from: 401,
    observer: { reader: (inner) => withQueues(inner, (looks) => looks.filter(({ kind }) => kind === 'control')) },
  },
  'hidden messages taken for leftovers': {
    wrong: 'missed',
    from: 1,
    observer: {
      reader: (inner) =>
        withQueues(inner, (looks) =>
          looks.map((each) => (each.kind === 'control' && each.visible === 0 ? { ...each, messages: 0 } : each)),
        ),
    },
  },
  'suspended instances not counted': {
    wrong: 'missed',
    from: 671,
    observer: { reader: (inner) => withRows(inner, (rows) => rows.filter(({ status }) => status !== 'Suspended')) },
  },
  'entities not read': {
    wrong: 'missed',
    from: 2701,
    observer: { reader: (inner) => withRows(inner, (rows) => rows.filter(({ id }) => !id.startsWith('@'))) },
  },
  'rows without a status not counted': {
    wrong: 'trusted',
    from: 18_951,
    observer: { reader: (inner) => withRows(inner, (rows) => rows.filter(({ status }) => status !== '')) },
  },
  'the first page of rows alone': { wrong: 'missed', from: 1, observer: { reader: firstPage } },
  'History not asked about rows': { wrong: 'held', from: 1, observer: { reader: withoutHistory } },
  'leftovers of timers not explained': { wrong: 'held', from: 1, observer: { reader: withoutTimers } },
}

function withoutChanges(evidence: Evidence): Evidence {
  const { memory, ...rest } = evidence
  return memory ? { ...rest, memory: { known: memory.known, requests: memory.requests } } : rest
}

function wrap(inner: HubReader, parts: Partial<Pick<HubReader, 'instances' | 'history' | 'queues'>>): HubReader {
  return {
    instances: inner.instances,
    history: inner.history,
    queues: inner.queues,
    now: () => inner.now(),
    partitionCount: (signal) => inner.partitionCount(signal),
    isThere: (signal) => inner.isThere(signal),
    requests: () => inner.requests(),
    ...parts,
  }
}

function withQueues(inner: HubReader, change: (looks: readonly QueueLook[]) => readonly QueueLook[]): HubReader {
  const { queues } = inner
  return wrap(inner, {
    queues: {
      names: (signal) => queues.names(signal),
      look: async (names, signal) => change(await queues.look(names, signal)),
    },
  })
}

function queuesFirst(inner: HubReader): HubReader {
  const { queues } = inner
  let early: readonly QueueLook[] = []
  return wrap(inner, {
    queues: {
      async names(signal) {
        const names = await queues.names(signal)
        early = await queues.look(names, signal)
        return names
      },
      look: () => Promise.resolve(early),
    },
  })
}

function withRows(inner: HubReader, change: (rows: readonly InstanceRow[]) => readonly InstanceRow[]): HubReader {
  const { instances } = inner
  return wrap(inner, {
    instances: {
      shared: false,
      async *scan(since, watch, signal) {
        for await (const rows of instances.scan(since, watch, signal)) yield change(rows)
      },
      row: async (key, signal) => {
        const row = await instances.row(key, signal)
        return row && change([row])[0]
      },
      completed: (name, signal) => instances.completed(name, signal),
    },
  })
}

function firstPage(inner: HubReader): HubReader {
  const { instances } = inner
  return wrap(inner, {
    instances: {
      shared: false,
      async *scan(since, watch, signal) {
        for await (const rows of instances.scan(since, watch, signal)) {
          yield rows
          return
        }
      },
      row: (key, signal) => instances.row(key, signal),
      completed: (name, signal) => instances.completed(name, signal),
    },
  })
}

function withoutHistory(inner: HubReader): HubReader {
  return wrap(inner, { history: { ...inner.history, endAndTimers: () => Promise.resolve([]) } })
}

function withoutTimers(inner: HubReader): HubReader {
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  async function* none(): AsyncGenerator<readonly string[]> {
    yield []
  }
  return wrap(inner, { history: { ...inner.history, withTimersAfter: none } })
}
