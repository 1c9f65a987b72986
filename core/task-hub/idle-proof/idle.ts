// What one look at a hub in storage means: idle, busy or unknown.
import { neutralise, remoteText } from '../../remote-text.ts'
import type { Counts, Evidence, Verdict } from './evidence.ts'
import { inFlight, type InFlight } from './in-flight.ts'
import type { IdlePolicy } from './policy.ts'
import type { AskedHub } from '../hub.ts'
import { accountInWords } from '../hub.ts'
import type { QueueLook } from './hub-reader.ts'
import { readQueues } from './queued.ts'
import type { Tally } from './tally.ts'
import { many, minute } from '../words.ts'

export type HubLook = {
  readonly hub: AskedHub
  /** Whether any part of the hub is in storage. */
  readonly provisioned: boolean
  /** `lost`: the hub has queues but no Instances table, and no tracking store is known. */
  readonly instances: 'read' | 'absent' | 'lost'
  readonly tally: Tally
  readonly queues: readonly QueueLook[]
  /** True where not every row was read, which only work already found excuses. */
  readonly cut?: boolean
}

/**
 * Judges a look, in this order:
 * 1. what was not understood makes it unknown: no Instances table beside queues, rows without owner in a shared store, an
 *    entity whose status cannot be read;
 * 2. busy are: unfinished orchestrations (suspended ones too); busy entities, unless `entityPolicy` is `ignore`; any entity
 *    where it is `block`; a message in the work-item queue (a queued or executing activity); a message in a control queue
 *    that a peek shows, or more invisible ones than leftover timers explain, unless `acceptInvisibleMessages`;
 * 3. the rest is idle.
 */
export function judgeHub(look: HubLook, policy: IdlePolicy): Evidence {
  const { tally } = look
  const messages = weighMessages(look.queues)
  const unknown = whatIsUnknown(look)
  const busy = unknown.length === 0 ? whatIsBusy(tally, messages, policy) : []
  const verdict: Verdict = unknown.length > 0 ? 'unknown' : busy.length > 0 ? 'busy' : 'idle'
  const counts: Counts = { ...tally.counts, queuedMessages: messages.all, leftoverTimers: messages.explained }
  const examples = tally.oldest.map(inFlight)
  const [oldest] = examples
  const because = {
    unknown: unknown.join(', '),
    busy: `${look.cut === true ? 'at least ' : ''}${[...busy, ...describeOldest(oldest)].join(', ')}`,
    idle: whyIdle(look, messages),
  }
  return {
    hub: look.hub,
    source: 'storage',
    verdict,
    because: because[verdict],
    provisioned: look.provisioned,
    counts,
    ...(oldest ? { oldest } : {}),
    examples,
    detail: { scheduled: tally.scheduled, continued: tally.continued, queued: readQueues(look.queues) },
    inFlightByName: printableKeys(tally.byName),
    inFlightByVersion: printableKeys(tally.byVersion),
    notChecked: [],
    warnings: warningsOf(tally, messages, policy),
    ...(look.cut === true ? { partial: true } : {}),
  }
}

/** Of a look that counted nothing. */
export const noCounts: Counts = {
  running: 0,
  pending: 0,
  suspended: 0,
  unclear: 0,
  busyEntities: 0,
  idleEntities: 0,
  queuedMessages: 0,
  leftoverTimers: 0,
  finishedButNotMarked: 0,
  ignored: 0,
}

/** Evidence that a source could not give; `because` is fit to print. */
export function unknownEvidence(hub: AskedHub, source: Evidence['source'], because: string): Evidence {
  return {
    hub,
    source,
    verdict: 'unknown',
    because,
    counts: noCounts,
    examples: [],
    inFlightByName: {},
    inFlightByVersion: {},
    notChecked: [],
    warnings: [],
  }
}

type Messages = {
  readonly all: number
  readonly activities: number
  readonly visible: number
  readonly explained: number
  readonly unexplained: number
}

function weighMessages(queues: readonly QueueLook[]): Messages {
  const control = queues.filter(({ kind }) => kind === 'control')
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const shown = control.filter(({ visible }) => visible > 0)
  const hidden = control.filter(({ visible, messages }) => visible === 0 && messages > 0)
  const explained = hidden.map((queue) => Math.min(queue.messages, queue.leftoverTimers))
  return {
    all: sum(queues.map(({ messages, visible }) => Math.max(messages, visible))),
    activities: sum(queues.filter(({ kind }) => kind === 'workItems').map(({ messages }) => messages)),
    visible: sum(shown.map(({ messages, visible }) => Math.max(messages, visible))),
    explained: sum(explained),
    unexplained: sum(hidden.map(({ messages }) => messages)) - sum(explained),
  }
}

function whatIsUnknown({ instances, tally, queues }: HubLook): string[] {
  const { unclearEntities, ownerless } = tally
  return [
    ...(instances === 'lost'
      ? [
          `it has ${many(queues.length, 'queue')} but no Instances table, and no setting tells where its tracking store is`,
        ]
      : []),
    ...(ownerless > 0
      ? [
          `${many(ownerless, 'unfinished row')} of the shared tracking store without TaskHubName, which may be this hub's`,
        ]
      : []),
    ...(unclearEntities.count > 0
      ? [
          `the status of ${many(unclearEntities.count, 'entity', 'entities')} cannot be understood (first '${remoteText(unclearEntities.first)}')`,
        ]
      : []),
  ]
}

function whatIsBusy({ counts }: Tally, messages: Messages, policy: IdlePolicy): string[] {
  const { running, pending, suspended, unclear, busyEntities, idleEntities } = counts
  return [
    ...(running > 0 ? [`${running} running`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(suspended > 0 ? [`${suspended} suspended`] : []),
    ...(unclear > 0 ? [`${unclear} with a status that is missing or not known`] : []),
    ...(busyEntities > 0 && policy.entityPolicy !== 'ignore'
      ? [many(busyEntities, 'busy entity', 'busy entities')]
      : []),
    ...(idleEntities > 0 && policy.entityPolicy === 'block'
      ? [many(idleEntities, 'idle entity', 'idle entities')]
      : []),
    ...(messages.activities > 0 ? [`${many(messages.activities, 'activity', 'activities')} queued or executing`] : []),
    ...(messages.visible > 0 ? [`${many(messages.visible, 'message')} in control queues`] : []),
    ...(messages.unexplained > 0 && !policy.acceptInvisibleMessages
      ? [`${many(messages.unexplained, 'message')} in control queues being processed or due later`]
      : []),
  ]
}

function whyIdle({ hub, provisioned, instances, tally, queues }: HubLook, messages: Messages): string {
  if (!provisioned) return `no part of it is in ${accountInWords(hub)}, it was never used`
  if (instances === 'absent') return 'it has neither an Instances table nor a queue'
  const { idleEntities, ignored, finishedButNotMarked } = tally.counts
  const passed = [
    ...(messages.explained > 0 ? [many(messages.explained, 'leftover timer')] : []),
    ...(messages.unexplained > 0 ? [`${many(messages.unexplained, 'message')} that cannot be seen`] : []),
  ]
  return [
    queues.length > 0
      ? `nothing running, nothing queued${passed.length > 0 ? ` but ${passed.join(' and ')}` : ''}`
      : 'nothing running, and it has no queue',
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(finishedButNotMarked > 0 ? [`${finishedButNotMarked} ended but not marked so`] : []),
    ...(idleEntities > 0 ? [many(idleEntities, 'idle entity', 'idle entities')] : []),
  ].join(', ')
}

function warningsOf(tally: Tally, messages: Messages, policy: IdlePolicy): string[] {
  const { idleEntities, busyEntities, finishedButNotMarked, ignored } = tally.counts
  return [
    ...(idleEntities > 0
      ? [`The state of ${many(idleEntities, 'idle entity', 'idle entities')} stays behind in this task hub.`]
      : []),
    ...(busyEntities > 0 && policy.entityPolicy === 'ignore'
      ? [`${many(busyEntities, 'busy entity', 'busy entities')} did not block because entityPolicy is 'ignore'.`]
      : []),
    ...(finishedButNotMarked > 0
      ? [
          `${many(finishedButNotMarked, 'instance')} counted as ended by History although not marked so (first '${remoteText(tally.firstFinished)}').`,
        ]
      : []),
    ...(ignored > 0 ? [`${many(ignored, 'instance')} ignored on purpose: ${listed(tally.ignoredByName)}.`] : []),
    ...(messages.explained > 0
      ? [
          `${many(messages.explained, 'message')} in control queues passed as ${policy.ignoreInstances.length > 0 ? 'timers of ended or ignored instances' : 'leftover timers of ended instances'}.`,
        ]
      : []),
    ...(messages.unexplained > 0 && policy.acceptInvisibleMessages
      ? [
          `${many(messages.unexplained, 'message')} in control queues that cannot be peeked did not block because acceptInvisibleMessages is true.`,
        ]
      : []),
  ]
}

function describeOldest(oldest: InFlight | undefined): string[] {
  if (!oldest) return []
  const since = oldest.createdAt ? ` since ${minute(oldest.createdAt)}` : ''
  return [`oldest '${oldest.instanceId}'${oldest.name ? ` (${oldest.name})` : ''}${since}`]
}

function listed(names: ReadonlyMap<string, number>): string {
  const most = [...names].sort(([, left], [, right]) => right - left).slice(0, 5)
  const rest = names.size > most.length ? ` and ${names.size - most.length} more names` : ''
  return most.map(([name, count]) => `${remoteText(name, 80) || 'unnamed'} (${count})`).join(', ') + rest
}

function printableKeys(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].map(([key, count]) => [neutralise(key), count]))
}
