// What one episode of an orchestration makes of its messages: the state it commits and the messages it sends.
import { fnv1a } from '../../core/task-hub/rows/partition.ts'
import type { Child, Content, Execution, Message, Origin } from './state.ts'

export type Outgoing = {
  readonly to: string
  readonly content: Content
  readonly fireAt?: number
  readonly delayMs?: number
  readonly origin: Origin
}

export type Episode = { readonly state: Execution; readonly outgoing: readonly Outgoing[] }

/** A start of a child, which gets no Pending row (DT TaskOrchestrationDispatcher.cs:1293-1303). */
export function startOf({ id, plan }: Child, task: number, parent?: { id: string; task: number }): Content {
  return { kind: 'start', plan, executionId: `${id}:${task}`, byClient: false, ...(parent ? { parent } : {}) }
}

export function newExecution(start: Content & { kind: 'start' }, origin: Origin): Execution {
  const { executionId, plan, parent } = start
  return {
    kind: 'orchestration',
    executionId,
    startedAs: executionId,
    plan,
    at: 0,
    waitsFor: undefined,
    events: 0,
    suspended: false,
    ended: '',
    timers: [],
    tasks: (fnv1a(executionId) % 1_000_000) * 1000,
    origin,
    ...(parent ? { parent } : {}),
  }
}

/** Runs the orchestration as far as it gets. `now` is the worker's clock. */
export function runEpisode(id: string, before: Execution, messages: readonly Message[], now: number): Episode {
  const state: Execution = { ...before, timers: before.timers.map((timer) => ({ ...timer })) }
  const outgoing: Outgoing[] = []
  const { origin } = state
  const send = (to: string, content: Content, more: { fireAt?: number; delayMs?: number } = {}) => {
    outgoing.push({ to, content, origin, ...more })
  }
  for (const { content } of messages) receive(state, content)
  while (state.ended === '' && !state.suspended) {
    if (state.waitsFor === -1 && state.events > 0) {
      state.events -= 1
      state.waitsFor = undefined
    }
    if (state.waitsFor !== undefined) break
    const act = state.plan[state.at++]
    const task = ++state.tasks
    if (act === undefined) {
      state.ended = 'Completed'
      break
    }
    switch (act.does) {
      case 'activity':
      case 'activityUnawaited':
        send(id, { kind: 'activity', task, waited: act.does === 'activity' })
        if (act.does === 'activity') state.waitsFor = task
        break
      case 'child':
        send(act.id, startOf(act, task, { id, task }))
        state.waitsFor = task
        break
      case 'fire':
        send(act.id, startOf(act, task))
        break
      case 'timer':
        state.timers.push({ task, fireAt: now + act.ms, fired: false })
        send(id, { kind: 'timer', task }, { fireAt: now + act.ms })
        state.waitsFor = task
        break
      case 'race': {
        const timer = ++state.tasks
        state.timers.push({ task: timer, fireAt: now + act.ms, fired: false })
        send(id, { kind: 'timer', task: timer }, { fireAt: now + act.ms })
        send(id, { kind: 'activity', task, waited: true })
        state.waitsFor = task
        break
      }
      case 'event':
        state.waitsFor = -1
        break
      case 'signal':
        send(act.entity, { kind: 'signal', ...(act.fires ? { fires: act.fires } : {}) }, { delayMs: act.ms })
        break
      case 'lock':
        send(act.entity, { kind: 'lock', by: id, task })
        state.waitsFor = task
        break
      case 'unlock':
        send(act.entity, { kind: 'unlock' })
        break
      case 'continueAsNew':
      case 'again':
        if (act.does === 'continueAsNew') state.plan = state.plan.slice(state.at)
        state.at = 0
        state.timers = []
        state.executionId = `${id}:${task}`
        break
    }
  }
  if (state.ended === 'Completed' && state.parent) {
    send(state.parent.id, { kind: 'result', task: state.parent.task })
  }
  return { state, outgoing }
}

function receive(state: Execution, content: Content): void {
  switch (content.kind) {
    case 'result':
    case 'timer': {
      if (state.waitsFor === content.task) state.waitsFor = undefined
      const timer = state.timers.find(({ task }) => task === content.task)
      if (timer) timer.fired = true
      break
    }
    case 'event':
      state.events += 1
      break
    case 'suspend':
      state.suspended = true
      break
    case 'resume':
      state.suspended = false
      break
    case 'terminate':
      if (state.ended === '') state.ended = 'Terminated'
      break
    // The first has made the execution; the others are not for orchestrations.
    case 'start':
    case 'activity':
    case 'signal':
    case 'lock':
    case 'unlock':
  }
}
