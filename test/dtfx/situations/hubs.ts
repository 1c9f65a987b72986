// Hubs by who works on them and where their rows are.
import { laterLines, type Situation } from './situation.ts'

const atWork: Situation['act'] = async (stage) => {
  await stage.startWorker()
  await stage.create('Echo', { id: 'done' })
  await stage.status('done', 'Completed')
  await stage.messages(0)
}

export const hubs: readonly Situation[] = [
  {
    name: 'provisioned',
    what: 'nothing in it',
    expected: { verdict: 'idle', live: false },
    act: (stage) => stage.provision().then(() => undefined),
  },
  {
    name: 'alive-table',
    what: 'a worker that shares its partitions by table',
    lines: laterLines,
    manager: 'table',
    worker: 'lives',
    expected: { verdict: 'idle', live: true },
    act: atWork,
  },
  {
    name: 'alive-safe',
    what: 'a worker that shares its partitions by blobs, intent before ownership',
    lines: laterLines,
    manager: 'safe',
    worker: 'lives',
    expected: { verdict: 'idle', live: true },
    act: atWork,
  },
  {
    name: 'alive-legacy',
    what: 'a worker that shares its partitions by blobs, in the old way',
    manager: 'legacy',
    worker: 'lives',
    expected: { verdict: 'idle', live: true },
    act: atWork,
  },
  {
    name: 'shared-tracking',
    what: 'nothing to do, beside a busy one in the same tracking store',
    tracking: 'Shared',
    expected: { verdict: 'idle' },
    expectedOfOther: { verdict: 'busy', counts: { running: 1 }, ids: ['waiting'] },
    act: async (stage, other) => {
      await stage.startWorker()
      await stage.create('Echo', { id: 'done' })
      await stage.status('done', 'Completed')
      await stage.messages(0)
      await stage.stopWorker()
      await other?.startWorker()
      await other?.create('WaitEvent', { id: 'waiting' })
      await other?.status('waiting', 'Running')
      await other?.messages(0)
      await other?.stopWorker()
    },
  },
]
