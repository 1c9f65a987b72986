import { fieldsOf, parseJson } from '../../json.ts'
import { remoteText } from '../../remote-text.ts'

export type MessageKind = 'start' | 'activity' | 'result' | 'timer' | 'event' | 'operation' | 'large' | 'other'

/** What a queue message is about, as far as it can be told. Its texts are fit to print. For people: no verdict rests on it. */
export type SeenMessage = {
  readonly kind: MessageKind
  /** Of the orchestration, the activity or the event; not set where the message names none. */
  readonly name?: string
  /** Whom it is for, as it stands in the message. */
  readonly instanceId?: string
}

/** In the order of the library's enum: messages carry its number, newer ones its name (DT Core/History/EventType.cs). */
const eventTypes = [
  'executionstarted',
  'executioncompleted',
  'executionfailed',
  'executionterminated',
  'taskscheduled',
  'taskcompleted',
  'taskfailed',
  'suborchestrationinstancecreated',
  'suborchestrationinstancecompleted',
  'suborchestrationinstancefailed',
  'timercreated',
  'timerfired',
  'orchestratorstarted',
  'orchestratorcompleted',
  'eventsent',
  'eventraised',
]

const kinds: ReadonlyMap<string, MessageKind> = new Map([
  ['executionstarted', 'start'],
  ['taskscheduled', 'activity'],
  ['taskcompleted', 'result'],
  ['taskfailed', 'result'],
  ['suborchestrationinstancecompleted', 'result'],
  ['suborchestrationinstancefailed', 'result'],
  ['timerfired', 'timer'],
  ['eventraised', 'event'],
])

const other: SeenMessage = { kind: 'other' }

/**
 * Reads the text of a queue message, which is JSON, as it is or in base64 (DT MessageManager.cs). A large one only names the
 * blob that holds it. Never fails: what is not understood is `other`.
 */
export function readMessage(body: unknown): SeenMessage {
  if (typeof body !== 'string') return other
  const envelope = fieldsOf(parseJson(plainText(body)))
  if (!envelope) return other
  const blob = envelope.get('compressedblobname')
  if (typeof blob === 'string' && blob !== '') return { kind: 'large' }
  const message = fieldsOf(envelope.get('taskmessage'))
  const event = fieldsOf(message?.get('event'))
  if (!event) return other
  const type = event.get('eventtype')
  const kind = kinds.get(typeof type === 'number' ? (eventTypes[type] ?? '') : String(type).toLowerCase())
  if (!kind) return other
  const target = fieldsOf(message?.get('orchestrationinstance'))?.get('instanceid')
  const instanceId = typeof target === 'string' ? target : undefined
  const isForEntity = kind === 'event' && instanceId !== undefined && /^@[^@]+@/.test(instanceId)
  // An operation is named in its payload; the entity says more to people than the event's `op`.
  const name = isForEntity ? instanceId : event.get('name')
  return {
    kind: isForEntity ? 'operation' : kind,
    ...(typeof name === 'string' && name !== '' ? { name: remoteText(name, 80) } : {}),
    ...(instanceId === undefined ? {} : { instanceId }),
  }
}

function plainText(body: string): string {
  if (body.trimStart().startsWith('{')) return body
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(body), (char) => char.charCodeAt(0)))
  } catch {
    return ''
  }
}
