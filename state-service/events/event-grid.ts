// What Event Grid posts, in its own schema: the handshake of a subscription, or lifecycle events of Durable Functions apps.
import { isObject } from '../../core/json.ts'
import type { LifecycleEvent, LifecycleStatus } from '../../core/lifecycle/event.ts'
import { parseHubName } from '../../core/task-hub/name.ts'

export type Delivery =
  /** To be answered with `{ "validationResponse": code }`, or the subscription is never made. */
  | { readonly kind: 'validation'; readonly code: string }
  /** `ignored`: elements that say nothing of a task hub that can be understood. */
  | { readonly kind: 'events'; readonly events: readonly LifecycleEvent[]; readonly ignored: number }
  /** `because` follows "the body is no delivery of Event Grid:" and repeats nothing of it. */
  | { readonly kind: 'malformed'; readonly because: string }

/** A batch has 1 to 5,000 events (learn: event-grid/delivery-and-retry). */
const mostEvents = 5_000
const longestId = 200
/** An instance id is a key of a table, a function's name far shorter. */
const longestInstanceId = 1024
const longestFunctionName = 500

const validationType = 'Microsoft.EventGrid.SubscriptionValidationEvent'
/** Of every version and language, entities included (EXT EventGridLifeCycleNotificationHelper.cs:324, EXTv1 and newest alike). */
const lifecycleType = 'orchestratorEvent'

/**
 * Reads the JSON of a delivery. A refused one (400, 413) is never sent again: Event Grid drops it, or puts it aside where the
 * subscription says so (learn: event-grid/delivery-and-retry), and one wrong element would take up to 4,999 good ones with it.
 * So:
 * 1. what is no list of 1 to 5,000 elements, or holds not one event of Event Grid's schema, is malformed: it is wrongly set up,
 *    as with the CloudEvents schema, and nothing is lost by saying so;
 * 2. a validation stands alone, with a code;
 * 3. of all else, elements that cannot be understood are counted and left out. They are no loss that lost events are not.
 */
export function readDelivery(body: unknown): Delivery {
  if (!Array.isArray(body)) return malformed('it is not a list')
  const elements: readonly unknown[] = body
  if (elements.length === 0) return malformed('its list is empty')
  if (elements.length > mostEvents) return malformed(`its list has more than ${mostEvents} events`)
  if (!elements.some((element) => typeOf(element) !== undefined)) {
    return malformed('nothing in its list is an event of the Event Grid schema')
  }
  if (elements.some((element) => typeOf(element) === validationType)) return validationIn(elements)
  const events = elements.map(lifecycleEvent).filter((event) => event !== undefined)
  return { kind: 'events', events, ignored: elements.length - events.length }
}

function validationIn([only, ...others]: readonly unknown[]): Delivery {
  if (others.length > 0) return malformed('a subscription validation does not stand alone')
  const data = isObject(only) ? only['data'] : undefined
  const code = isObject(data) ? data['validationCode'] : undefined
  // It goes back as it came: nothing but what a code can be may be had from here.
  if (typeof code !== 'string' || !/^[A-Za-z0-9+/=_.:-]{1,200}$/.test(code)) {
    return malformed('the subscription validation has no validationCode')
  }
  return { kind: 'validation', code }
}

function lifecycleEvent(element: unknown): LifecycleEvent | undefined {
  if (!isObject(element) || typeOf(element) !== lifecycleType) return undefined
  const { id, subject, data } = element
  if (!isObject(data)) return undefined
  const { instanceId, functionName, hubName } = data
  const hub = typeof hubName === 'string' ? parseHubName(hubName) : undefined
  const status = statusOf(data['runtimeStatus'], subject)
  if (!isText(id, longestId) || !isText(instanceId, longestInstanceId) || !hub || !status) return undefined
  if (functionName !== '' && !isText(functionName, longestFunctionName)) return undefined
  return { id, hub, instanceId, functionName, status }
}

/** What `data.runtimeStatus` and the subject `durable/orchestrator/<status>` say; nothing where they differ. */
function statusOf(runtimeStatus: unknown, subject: unknown): LifecycleStatus | undefined {
  const [, inSubject] = typeof subject === 'string' ? (/^durable\/orchestrator\/(\w{1,40})$/.exec(subject) ?? []) : []
  const said = runtimeStatus ?? inSubject
  if (inSubject !== undefined && inSubject !== said) return undefined
  return said === 'Running' || said === 'Completed' || said === 'Failed' || said === 'Terminated' ? said : undefined
}

function typeOf(element: unknown): string | undefined {
  const type = isObject(element) ? element['eventType'] : undefined
  return typeof type === 'string' && type !== '' ? type : undefined
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest
}

function malformed(because: string): Delivery {
  return { kind: 'malformed', because }
}
