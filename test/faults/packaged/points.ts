// Where a task can be struck: at each of its network requests, before the effect, or after it with the answer still out.
import type { Call } from '../../../emulator/http/call.ts'
import type { LoggedRequest } from '../../../emulator/http/request-log.ts'
import type { TaskName } from './world.ts'

export type Moment = 'before' | 'after'

/** The same request in every run: which task, which request, and the how-manieth of its kind in that task. */
export type Point = { readonly task: TaskName; readonly label: string; readonly nth: number; readonly when: Moment }

export function pointInWords({ task, label, nth, when }: Point): string {
  return `${task}, ${when} ${label}${nth === 1 ? '' : ` (${nth})`}`
}

type Asked = Pick<Call | LoggedRequest, 'service' | 'method' | 'target'>

/** What a request is called: without ids, versions and the account of the stage, so that every run has the same ones. */
export function labelOf({ service, method, target }: Asked): string {
  const [path = '', query = ''] = target.split('?', 2)
  const plain = decodeURIComponent(path)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '*')
    .replace(/^\/subscriptions\/\*(?:\/resourceGroups\/[^/]+)?\/providers\/Microsoft\.Web/i, '')
    .replace(/^\/st\d{4}(?=\/|$)/, '')
  const asked = new URLSearchParams(query)
  const kept = ['restype', 'comp', 'prefix', '$select'].flatMap((name) => {
    const value = asked.get(name)
    return value === null ? [] : [name === '$select' ? value.slice(0, 40) : `${name}=${value}`]
  })
  return [service, method, plain, ...kept].join(' ')
}

/** The emulated platform asks its own slots too; that is no request of a task. */
export function isOfTask(call: Call): boolean {
  return call.headers['user-agent'] !== 'SiteWarmup'
}

/** Of requests that are made as long as a swap takes, only the first ones are in every run. */
const mostWhileSwapping = 8

/** Every point of a task that made these requests when nothing went wrong, in an order that does not depend on theirs. */
export function pointsOf(task: TaskName, labels: readonly string[]): Point[] {
  const counts = new Map<string, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([label, count]) => {
      const most = Math.min(count, mostOf(task, label))
      const moments: readonly Moment[] = isChange(label) ? ['before', 'after'] : ['after']
      return Array.from({ length: most }, (_, at) => moments.map((when) => ({ task, label, nth: at + 1, when }))).flat()
    })
}

function mostOf(task: TaskName, label: string): number {
  if (label.includes('/operationresults/')) return 1
  return task === 'SlotSwap' && label.startsWith('arm GET ') ? mostWhileSwapping : Infinity
}

/** A read has no effect, so that before and after it are the same. */
export function isChange(label: string): boolean {
  return !/^\w+ (?:GET|HEAD) /.test(label) && !label.endsWith('/list') && !label.startsWith('entra ')
}

/** Requests that differ only in which hub, slot or partition they are about are of one kind. */
export function kindOf(label: string): string {
  return label
    .replace(/\bshop\d/g, '<hub>')
    .replace(/-\d\d\b/g, '-<n>')
    .replace('/slots/staging', '/<slot>')
    .replace(/ [A-Z]\w+(?:,\w+)*$/, '')
}
