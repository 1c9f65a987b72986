// The account of a busy hub, as lines of a log and as a table of a page.
import type { AccountLine } from '../task-hub/account/account.ts'
import type { Drain } from '../task-hub/account/drain.ts'
import type { Evidence } from '../task-hub/idle-proof/evidence.ts'
import type { MessageKind } from '../task-hub/rows/message.ts'
import type { Queued } from '../task-hub/idle-proof/queued.ts'
import { many, minute, roughly } from '../task-hub/words.ts'
import { table } from './markdown.ts'

/** Names that a log gets at a time; the page in the summary has them all. */
const mostLogged = 4
/** Characters of a column; what is longer is cut. */
const widths = [28, 10, 9, 24, 17, 44, 34]
const heads = ['Orchestration', 'Version', 'In flight', 'Oldest', 'Since', 'Waits for', 'Drained in (median / 90 %)']

/** At most 8 lines, aligned, each of about 180 characters at most. None where the hub is not busy or nothing is known of it. */
export function accountLines(evidence: Evidence): readonly string[] {
  const { account, verdict, partial, hub } = evidence
  if (verdict !== 'busy' || !account) return []
  const rows = account.lines.slice(0, mostLogged)
  const more = account.lines.slice(mostLogged).reduce((sum, { count }) => sum + count, account.others)
  const all = account.lines.reduce((sum, { count }) => sum + count, account.others)
  const queues = queuesInWords(evidence)
  if (all === 0 && queues === '') return []
  const what =
    all === 0 ? 'no instance, but messages' : `${partial === true ? 'at least ' : ''}${many(all, 'instance')}`
  return [
    `In flight on task hub '${hub.name}': ${what}.`,
    ...(rows.length > 0 ? aligned([heads, ...rows.map(cellsOf)]) : []),
    ...(more > 0 ? [`  and ${many(more, 'instance')} of other names or versions`] : []),
    ...(queues === '' ? [] : [`  In its queues: ${queues}`]),
  ]
}

/** Changes when the account does; an estimate alone, which is another one each time, is no change. */
export function accountMark(evidence: Evidence): string {
  const { account } = evidence
  const lines = account?.lines.slice(0, mostLogged).map((line) => cellsOf(line).slice(0, -1))
  return JSON.stringify([lines, account?.others, evidence.partial, queuesInWords(evidence)])
}

/** The account as a table; undefined where there is none. */
export function accountTable({ account }: Evidence): string | undefined {
  if (!account || account.lines.length === 0) return undefined
  const rows = account.lines.map(cellsOf)
  if (account.others > 0) rows.push(['other names or versions', '', String(account.others), '', '', '', ''])
  return table(heads, rows)
}

/** What waits in the hub's queues, the kinds with the names of the most frequent. Empty where nothing does. */
export function queuesInWords({ detail }: Evidence): string {
  if (!detail) return ''
  const { queued } = detail
  const { kinds } = queued
  const counted: readonly (readonly [number, string, string, MessageKind | undefined])[] = [
    [queued.activities, 'activity queued or executing', 'activities queued or executing', 'activity'],
    [kinds.start, 'start', 'starts', 'start'],
    [kinds.result, 'result', 'results', undefined],
    [kinds.timer, 'timer that is due', 'timers that are due', undefined],
    [kinds.event, 'event', 'events', 'event'],
    [kinds.operation, 'entity operation', 'entity operations', 'operation'],
    [kinds.large, 'large message', 'large messages', undefined],
    [kinds.activity + kinds.other + queued.unread, 'other message', 'other messages', undefined],
    [queued.hidden, 'message that cannot be seen', 'messages that cannot be seen', undefined],
  ]
  return counted
    .filter(([count]) => count > 0)
    .map(([count, one, more, kind]) => many(count, one, more) + namesOf(queued, kind))
    .join(', ')
}

/** Of an estimate the median and the 90th percentile. */
function drainInWords(drain: Drain): string {
  switch (drain.kind) {
    case 'noHistory':
      return 'no history'
    case 'held':
      return 'never by itself'
    case 'longer':
      return `longer than any of ${drain.samples} completed`
    case 'estimate':
      return `${roughly(drain.medianMs)} / ${roughly(drain.p90Ms)}`
  }
}

function cellsOf({ name, version, count, oldest, waitsFor, drain }: AccountLine): string[] {
  return [
    name || 'unnamed',
    version,
    String(count),
    oldest.instanceId,
    oldest.createdAt ? minute(oldest.createdAt) : 'not known',
    waitsFor || 'not asked',
    drainInWords(drain),
  ]
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const cut = rows.map((row) => row.map((cell, column) => shortened(cell, widths[column] ?? 0)))
  const wide = heads.map((_, column) => Math.max(...cut.map((row) => row[column]?.length ?? 0)))
  return cut.map((row) => `  ${row.map((cell, column) => cell.padEnd(wide[column] ?? 0)).join('  ')}`.trimEnd())
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function namesOf({ names }: Queued, kind: MessageKind | undefined): string {
  const some = names.filter((each) => each.kind === kind && each.name !== '').slice(0, 2)
  if (some.length === 0) return ''
  return ` (${some.map(({ name, count }) => `'${shortened(name, 40)}'${count > 1 ? ` ${count}` : ''}`).join(', ')})`
}
