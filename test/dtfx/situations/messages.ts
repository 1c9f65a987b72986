// Hubs whose work is a message, or more in messages than in rows.
import { inAnHour, laterLines, type Situation } from './situation.ts'

export const messages: readonly Situation[] = [
  {
    name: 'pending',
    what: 'a start that no worker has taken',
    expected: {
      verdict: 'busy',
      counts: { pending: 1, queuedMessages: 1 },
      queued: { start: 1 },
      waits: { Echo: 'first run' },
    },
    act: async (stage) => {
      await stage.provision()
      await stage.create('Echo', { id: 'pending' })
      await stage.messages(1)
    },
  },
  {
    name: 'scheduled-start',
    what: 'a start that is put off',
    lines: laterLines,
    expected: {
      verdict: 'busy',
      counts: { pending: 1, queuedMessages: 1 },
      queued: { hidden: 1 },
      scheduled: 1,
      waits: { Echo: 'start at' },
    },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('Echo', { id: 'later', at: inAnHour() })
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'message-before-row',
    what: 'a start whose client died between the message and the row',
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { start: 1 } },
    act: async (stage) => {
      await stage.provision()
      stage.refuseInstances()
      const error: unknown = await stage.create('Echo', { id: 'no-row' }).catch((thrown: unknown) => thrown)
      if (!(error instanceof Error)) throw new Error('The start was to fail.')
      await stage.messages(1)
    },
  },
  {
    name: 'sub-orchestration-message',
    what: 'a sub-orchestration that exists only as a message',
    expected: {
      verdict: 'busy',
      counts: { running: 1, queuedMessages: 1 },
      queued: { start: 1 },
      waits: { Parent: "sub-orchestration 'Echo'" },
    },
    act: async (stage) => {
      stage.starveOrchestrationsAfter(1)
      await stage.startWorker()
      await stage.create('Parent', { id: 'parent' })
      await stage.status('parent', 'Running')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'fire-and-forget-message',
    what: 'an orchestration that was started without being waited for, and exists only as a message',
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { start: 1 } },
    act: async (stage) => {
      stage.starveOrchestrationsAfter(1)
      await stage.startWorker()
      await stage.create('FireAndForget', { id: 'ended' })
      await stage.status('ended', 'Completed')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'unknown-name',
    what: 'a start that no worker knows how to run',
    worker: 'dies',
    expected: { verdict: 'busy', counts: { pending: 1, queuedMessages: 1 }, queued: { hidden: 1 } },
    act: async (stage) => {
      await stage.provision()
      await stage.create('NobodyKnowsMe', { id: 'unknown' })
      await stage.startWorker()
      await stage.invisible('control')
      await stage.crash()
    },
  },
  {
    name: 'large-start',
    what: 'a start with an input too large for a message',
    expected: { verdict: 'busy', counts: { pending: 1, queuedMessages: 1 }, queued: { large: 1 } },
    act: async (stage) => {
      await stage.provision()
      await stage.create('Echo', { id: 'large', input: 'large '.repeat(20_000) })
      await stage.messages(1)
    },
  },
  {
    name: 'large-completed',
    what: 'an orchestration that completed with a large output',
    // A worker of the early line does not take up the large message here; why was not found out.
    lines: laterLines,
    expected: { verdict: 'idle' },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('Echo', { id: 'large', input: 'large '.repeat(20_000) })
      await stage.status('large', 'Completed')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
]
