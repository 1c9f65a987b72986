// Hubs with entities, which the framework keeps as orchestrations that never end.
import { inAnHour, laterLines, type Situation } from './situation.ts'

export const entities: readonly Situation[] = [
  {
    name: 'entity-idle',
    what: 'an entity that has nothing to do',
    lines: laterLines,
    expected: { verdict: 'idle', counts: { idleEntities: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.signal('@counter@a')
      await stage.rowWhere('@counter@a', 'exists', (row) => hasStatus(row, 'entityExists'))
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'entity-signalled',
    what: 'a signal to an entity that does not exist yet',
    lines: laterLines,
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { operation: 1 } },
    act: async (stage) => {
      await stage.provision()
      await stage.signal('@counter@a')
      await stage.messages(1)
    },
  },
  {
    name: 'entity-signalled-later',
    what: 'a signal to an idle entity that is put off',
    lines: laterLines,
    expected: { verdict: 'busy', counts: { idleEntities: 1, queuedMessages: 1 }, queued: { hidden: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.signal('@counter@a')
      await stage.rowWhere('@counter@a', 'exists', (row) => hasStatus(row, 'entityExists'))
      await stage.messages(0)
      await stage.signal('@counter@a', inAnHour())
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'entity-locked',
    what: 'an entity that an orchestration has locked, with an operation waiting',
    lines: laterLines,
    expected: {
      verdict: 'busy',
      counts: { running: 1, busyEntities: 1 },
      waits: { '@counter': "1 operation, to be unlocked by 'locker'" },
    },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('LockEntity', { id: 'locker', input: '@counter@a' })
      await stage.rowWhere('@counter@a', 'is locked', (row) => hasStatus(row, 'lockedBy'))
      await stage.signal('@counter@a')
      await stage.rowWhere('@counter@a', 'has a queue', (row) => hasStatus(row, 'queueSize'))
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'entity-lock-orphaned',
    what: 'an entity locked by an orchestration that was terminated',
    lines: laterLines,
    expected: { verdict: 'busy', counts: { busyEntities: 1 }, waits: { '@counter': "to be unlocked by 'locker'" } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('LockEntity', { id: 'locker', input: '@counter@a' })
      await stage.rowWhere('@counter@a', 'is locked', (row) => hasStatus(row, 'lockedBy'))
      await stage.terminate('locker')
      await stage.status('locker', 'Terminated')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
]

function hasStatus(row: Readonly<Record<string, unknown>>, field: string): boolean {
  const status = row['CustomStatus']
  return typeof status === 'string' && status.includes(`"${field}"`)
}
