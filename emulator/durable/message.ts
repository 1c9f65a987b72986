import { eventTypes, runtimeStatuses } from './events.ts'
import type { EventType, HistoryEvent, InstanceRef, ParentInstance, RuntimeStatus } from './events.ts'

/** What a queue message of a hub carries: an event for an instance (DT MessageData.cs, Core/TaskMessage.cs). */
export type HubMessage = {
  readonly event: HistoryEvent
  /** Whom it is for; an ExecutionId of null means whichever execution runs. */
  readonly target: InstanceRef
  readonly sender?: InstanceRef | undefined
  readonly episode?: number | undefined
}

let sequence = 0

const wireOnly = new Set(['IsPlayed', 'GenerateNewTrace'])
/** Fields that nothing here has a use for, as library 2.9.1 writes them (test/dtfx/recordings). */
const unused: Readonly<Partial<Record<EventType, Readonly<Record<string, unknown>>>>> = {
  ExecutionStarted: {
    ParentInstance: null,
    Tags: null,
    Correlation: null,
    ScheduledStartTime: null,
    ParentTraceContext: null,
    GenerateNewTrace: false,
  },
  TaskScheduled: { ParentTraceContext: null, Tags: null },
  EventRaised: { ParentTraceContext: null },
}
const dates = ['Timestamp', 'FireAt', 'ScheduledStartTime'] as const

/** The JSON of a message. Type names are without assembly, as the library's binder writes them (DT MessageManager.cs). */
export function encodeMessage(message: HubMessage): string {
  const { event, target } = message
  return JSON.stringify({
    $type: 'DurableTask.AzureStorage.MessageData',
    ActivityId: crypto.randomUUID(),
    TaskMessage: {
      $type: 'DurableTask.Core.TaskMessage',
      Event: encodeEvent(event),
      SequenceNumber: 0,
      OrchestrationInstance: encodeRef(target),
      OrchestrationExecutionContext: null,
    },
    CompressedBlobName: null,
    SequenceNumber: sequence++,
    ...(message.episode === undefined ? {} : { Episode: message.episode }),
    Sender: message.sender ?? { InstanceId: '', ExecutionId: '' },
    SerializableTraceContext: null,
  })
}

function encodeEvent(event: HistoryEvent): Record<string, unknown> {
  return {
    $type: `DurableTask.Core.History.${event.EventType}Event`,
    ...unused[event.EventType],
    ...event,
    EventType: eventTypes.indexOf(event.EventType),
    IsPlayed: false,
    ...(event.OrchestrationInstance ? { OrchestrationInstance: encodeRef(event.OrchestrationInstance) } : {}),
    ...(event.ParentInstance ? { ParentInstance: encodeParent(event.ParentInstance) } : {}),
    ...(event.OrchestrationStatus ? { OrchestrationStatus: runtimeStatuses.indexOf(event.OrchestrationStatus) } : {}),
  }
}

function encodeRef(ref: InstanceRef): Record<string, unknown> {
  return { $type: 'DurableTask.Core.OrchestrationInstance', InstanceId: ref.InstanceId, ExecutionId: ref.ExecutionId }
}

function encodeParent(parent: ParentInstance): Record<string, unknown> {
  const OrchestrationInstance = encodeRef(parent.OrchestrationInstance)
  return { $type: 'DurableTask.Core.ParentInstance', ...parent, OrchestrationInstance }
}

/** A small message that stands for a large one in the `-largemessages` container. */
export function encodeReference(blobName: string): string {
  return JSON.stringify({
    $type: 'DurableTask.AzureStorage.MessageData',
    ActivityId: '00000000-0000-0000-0000-000000000000',
    TaskMessage: null,
    CompressedBlobName: blobName,
    SequenceNumber: 0,
    Sender: null,
    SerializableTraceContext: null,
  })
}

type Wire = {
  CompressedBlobName?: string | null
  TaskMessage?: { Event: Record<string, unknown>; OrchestrationInstance: InstanceRef } | null
  Sender?: InstanceRef
  Episode?: number
}

/** Reads a message body; `{ blob }` where the content is in the `-largemessages` container. Throws on anything else. */
export function decodeMessage(body: string): HubMessage | { readonly blob: string } {
  // Type names are of no use here, at whatever depth.
  const wire = JSON.parse(plainText(body), (key, value: unknown) => (key === '$type' ? undefined : value)) as Wire
  if (wire.CompressedBlobName) return { blob: wire.CompressedBlobName }
  if (!wire.TaskMessage) throw new Error('The queue message carries no task message.')
  return {
    event: decodeEvent(wire.TaskMessage.Event),
    target: {
      InstanceId: wire.TaskMessage.OrchestrationInstance.InstanceId,
      ExecutionId: wire.TaskMessage.OrchestrationInstance.ExecutionId,
    },
    sender: wire.Sender,
    episode: wire.Episode,
  }
}

/** Both of the library's encodings are read, as the library does (DT MessageManager.DeserializeQueueMessageAsync). */
export function plainText(body: string): string {
  return body.startsWith('{') ? body : Buffer.from(body, 'base64').toString('utf8')
}

function decodeEvent(wire: Record<string, unknown>): HistoryEvent {
  const type: EventType | undefined = eventTypes[Number(wire['EventType'])]
  if (!type) throw new Error(`The queue message carries an event of unknown type '${String(wire['EventType'])}'.`)
  const own = Object.entries(wire).filter(([name, value]) => value !== null && !wireOnly.has(name))
  const fields: Record<string, unknown> = { ...Object.fromEntries(own), EventType: type }
  for (const name of dates) if (typeof fields[name] === 'string') fields[name] = new Date(fields[name])
  if (typeof fields['OrchestrationStatus'] === 'number') {
    fields['OrchestrationStatus'] = runtimeStatuses[fields['OrchestrationStatus']] satisfies RuntimeStatus | undefined
  }
  return fields as unknown as HistoryEvent
}
