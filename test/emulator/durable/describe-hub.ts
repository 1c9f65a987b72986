// A hub's content as short facts that can be compared: what differs from run to run (ids, dates, order) is left out, what
// makes the layout (columns, types, values, keys, names, message fields) is kept.
import type { HubContent, RecordedRow, RecordedValue } from '../../dtfx/recording.ts'

/** Facts by the thing they are of: `History TaskScheduled of 'with-activity'` has `Name is String Quick`. */
export type Facts = ReadonlyMap<string, ReadonlySet<string>>

/** `hub` is replaced by `<hub>` wherever it stands. */
export function describeHub({ tables, queues, containers }: HubContent, hub: string): Facts {
  const facts = new Map<string, Set<string>>()
  const add = (of: string, fact: string) => {
    const neutral = (text: string) => neutralised(text, hub)
    const known = facts.get(neutral(of))
    if (known) known.add(neutral(fact))
    else facts.set(neutral(of), new Set([neutral(fact)]))
  }
  for (const [table, rows] of Object.entries(tables)) {
    const kind = table.slice(hub.length)
    add('tables', table)
    for (const row of rows) for (const fact of factsOfRow(row)) add(thingOf(kind, row), fact)
  }
  for (const [queue, messages] of Object.entries(queues)) {
    add('queues', `${queue} holds ${messages.length}`)
    for (const { text, visibleInSeconds } of messages) {
      const message = messageOf(text)
      const of = `message ${eventOf(message)}`
      add(of, visibleInSeconds > 0 ? 'is invisible' : 'is visible')
      for (const fact of factsOfJson(message, '')) add(of, fact)
    }
  }
  for (const [container, { leased, blobs }] of Object.entries(containers)) {
    add('containers', `${container}${leased === true ? ' is leased' : ''}`)
    for (const [blob, { text }] of Object.entries(blobs)) {
      add(`blobs of ${container}`, blob)
      if (text?.startsWith('{') === true)
        for (const fact of factsOfJson(JSON.parse(text), '')) add(`blob ${blob}`, fact)
    }
  }
  return facts
}

/** A row is known by what it is about, not by its place: two frameworks may number events differently. */
function thingOf(kind: string, row: RecordedRow): string {
  if (kind === 'Partitions') return 'Partitions'
  if (kind === 'Instances') return `Instances '${row.PartitionKey}'`
  const { EventType: type } = row
  const what = row.RowKey === 'sentinel' || typeof type !== 'string' ? row.RowKey : type
  return `History ${what} of '${row.PartitionKey}'`
}

function factsOfRow(row: RecordedRow): string[] {
  const { PartitionKey: _, RowKey, ...columns } = row
  const key = /^[0-9A-F]{16}$/.test(RowKey) ? '16 hex digits' : `'${RowKey}'`
  return [`RowKey is ${key}`, ...Object.entries(columns).flatMap(([name, value]) => factsOfColumn(name, value))]
}

function factsOfColumn(name: string, value: RecordedValue): string[] {
  if (typeof value === 'boolean') return [`${name} is Boolean ${value}`]
  if (typeof value !== 'string') {
    const [[type, text] = ['', '']] = Object.entries(value)
    return [type === 'DateTime' ? `${name} is DateTime` : `${name} is ${type} ${text}`]
  }
  const inside = value.startsWith('{') ? parsed(value) : undefined
  return inside === undefined ? [`${name} is String ${value}`] : factsOfJson(inside, `${name} as JSON: `)
}

function factsOfJson(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} = ${JSON.stringify(value)}`]
  const inside = Object.entries(value)
  if (inside.length === 0) return [`${path} = ${JSON.stringify(value)}`]
  return inside.flatMap(([name, part]) => factsOfJson(part, `${path}/${name}`))
}

function messageOf(text: string): unknown {
  return parsed(text.startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8'))
}

function eventOf(message: unknown): string {
  const { TaskMessage, CompressedBlobName } = message as {
    TaskMessage?: { Event?: { $type?: string } } | null
    CompressedBlobName?: string | null
  }
  if (CompressedBlobName) return 'in a blob'
  return TaskMessage?.Event?.$type?.split('.').at(-1) ?? 'without event'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function neutralised(text: string, hub: string): string {
  return text
    .replaceAll(hub, '<hub>')
    .replaceAll(hub.toLowerCase(), '<hub>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<guid>')
    .replace(/[0-9a-f]{32}/gi, '<id>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/g, '<date>')
    .replace(/-[0-9A-F]{8}-(Input|Result)/g, '-<random>-$1')
    .replace(/(SequenceNumber = )[1-9]\d*/, '$1<number>')
}

/** What one hub has and the other has not, a line each: `History TaskScheduled: real has Tags is String null`. */
export function differencesOf(real: Facts, ours: Facts): ReadonlySet<string> {
  const lines = new Set<string>()
  for (const thing of new Set([...real.keys(), ...ours.keys()])) {
    const [there, here] = [real.get(thing) ?? new Set<string>(), ours.get(thing) ?? new Set<string>()]
    const named = thing.replace(/ of '.*'$/, '').replace(/^(Instances) '.*'$/, '$1')
    if (there.size === 0) lines.add(`${named}: only the emulator has it`)
    else if (here.size === 0) lines.add(`${named}: the emulator has none`)
    else {
      for (const fact of there) if (!here.has(fact)) lines.add(`${named}: real has ${fact}`)
      for (const fact of here) if (!there.has(fact)) lines.add(`${named}: emulator has ${fact}`)
    }
  }
  return lines
}
