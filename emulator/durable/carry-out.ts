import type { App } from './app.ts'
import { signalEvent } from './client.ts'
import type { Decision } from './decisions.ts'
import { event, newExecutionId } from './events.ts'
import type { HistoryEvent } from './events.ts'
import type { HubMessage } from './message.ts'
import { resultOf } from './payload.ts'

/** The event that History records for a decision, and the message that brings it about. */
export function carryOut(
  { id, what }: Decision,
  self: { InstanceId: string; ExecutionId: string },
  started: HistoryEvent | undefined,
  app: App,
): { recorded: HistoryEvent; message: HubMessage; kind: 'control' | 'activity' } {
  switch (what.kind) {
    case 'activity': {
      const Input = JSON.stringify([what.input ?? null])
      const recorded = event('TaskScheduled', { EventId: id, Name: what.name, Version: '', Input })
      return { recorded, message: { event: recorded, target: self }, kind: 'activity' }
    }
    case 'timer': {
      const recorded = event('TimerCreated', { EventId: id, FireAt: what.fireAt })
      const fired = event('TimerFired', { TimerId: id, FireAt: what.fireAt })
      return { recorded, message: { event: fired, target: self }, kind: 'control' }
    }
    case 'subOrchestration': {
      const fields = { Name: what.name, Version: app.defaultVersion, Input: resultOf(what.input) }
      const recorded = event('SubOrchestrationInstanceCreated', { ...fields, EventId: id, InstanceId: what.instanceId })
      const target = { InstanceId: what.instanceId, ExecutionId: newExecutionId() }
      const ParentInstance = {
        Name: started?.Name ?? '',
        OrchestrationInstance: self,
        TaskScheduleId: id,
        Version: started?.Version ?? '',
      }
      const start = event('ExecutionStarted', { ...fields, OrchestrationInstance: target, ParentInstance })
      return { recorded, message: { event: start, target }, kind: 'control' }
    }
    case 'signal': {
      const signal = signalEvent(what.operation, what.input)
      const fields = { Name: 'op', Input: signal.Input, InstanceId: what.entityId }
      const recorded = event('EventSent', { ...fields, EventId: id })
      return {
        recorded,
        message: { event: signal, target: { InstanceId: what.entityId, ExecutionId: null } },
        kind: 'control',
      }
    }
  }
}
