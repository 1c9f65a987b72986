// Hubs where all work is done, and what it leaves behind.
import type { Situation } from './situation.ts'

export const ended: readonly Situation[] = [
  {
    name: 'completed',
    what: 'orchestrations that completed',
    expected: { verdict: 'idle' },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CallQuick', { id: 'with-activity' })
      await stage.create('Parent', { id: 'with-child' })
      await stage.create('Echo', { id: 'alone' })
      for (const id of ['with-activity', 'with-child', 'with-child-child', 'alone']) await stage.status(id, 'Completed')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'failed',
    what: 'an orchestration that failed',
    expected: { verdict: 'idle' },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('Fail', { id: 'failed' })
      await stage.status('failed', 'Failed')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'terminated',
    what: 'an orchestration that was terminated',
    expected: { verdict: 'idle' },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitEvent', { id: 'terminated' })
      await stage.status('terminated', 'Running')
      await stage.terminate('terminated')
      await stage.status('terminated', 'Terminated')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'cancelled-timer',
    what: 'a cancelled timer that an ended orchestration left behind',
    expected: { verdict: 'idle', counts: { queuedMessages: 1, leftoverTimers: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CancelTimer', { id: 'cancelled' })
      await stage.status('cancelled', 'Completed')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'timer-of-terminated',
    what: 'the timer of an orchestration that was terminated while it waited',
    expected: { verdict: 'idle', counts: { queuedMessages: 1, leftoverTimers: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitTimer', { id: 'terminated' })
      await stage.status('terminated', 'Running')
      await stage.terminate('terminated')
      await stage.status('terminated', 'Terminated')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'timer-of-purged',
    what: 'a timer whose orchestration was purged, so that nothing tells whose it was',
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { hidden: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CancelTimer', { id: 'purged' })
      await stage.status('purged', 'Completed')
      await stage.messages(1)
      await stage.stopWorker()
      await stage.purge('purged')
    },
  },
  {
    name: 'timer-of-earlier-execution',
    what: 'a timer of an execution before the one that ended, which History keeps no longer',
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { hidden: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CancelTimerAndContinue', { id: 'continued', input: 'first' })
      await stage.status('continued', 'Completed')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'stuck-running',
    what: 'a row that a late write set back to Running after its orchestration had ended',
    expected: { verdict: 'idle', counts: { finishedButNotMarked: 1 } },
    act: async (stage) => {
      await stage.provision()
      await stage.create('WaitEvent', { id: 'stuck' })
      // The first checkpoint says Running. Its request gets stuck, the client gives it up and sends it again.
      const held = stage.holdNextInstanceWrite()
      await stage.startWorker()
      await held.arrived
      held.loseConnection()
      await stage.status('stuck', 'Running')
      await stage.raise('stuck', 'go')
      await stage.status('stuck', 'Completed')
      await stage.messages(0)
      await held.arriveLate()
      await stage.status('stuck', 'Running')
      await stage.stopWorker()
    },
  },
]
