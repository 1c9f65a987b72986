import { remoteText } from '../../remote-text.ts'
import type { Wait } from './waits-for.ts'
import { many, minute } from '../words.ts'

/** Kinds of things that are told of those that wait. */
const mostTold = 3

/**
 * What some instances wait for, as a clause fit to print: the most frequent first, how many wait for it where it is more
 * than one, and of several timers the first one that is due.
 */
export function waitsInWords(waits: readonly Wait[]): string {
  const groups = new Map<string, { first: Wait; count: number }>()
  for (const wait of waits) {
    const key = 'name' in wait && wait.on !== 'lock' ? `${wait.on} ${wait.name}` : wait.on
    const group = groups.get(key)
    if (group) {
      group.count += 1
      group.first = together(group.first, wait)
    } else {
      groups.set(key, { first: wait, count: 1 })
    }
  }
  const told = [...groups.values()].sort((left, right) => right.count - left.count)
  const rest = told.length > mostTold ? [`${told.length - mostTold} more`] : []
  const words = told
    .slice(0, mostTold)
    .map(({ first, count }) => inWords(first) + (count > 1 && first.on !== 'operations' ? ` (${count})` : ''))
  return [...words, ...rest].join(', ')
}

function inWords(wait: Wait): string {
  switch (wait.on) {
    case 'activity':
      return `activity '${remoteText(wait.name, 60)}'`
    case 'subOrchestration':
      return `sub-orchestration '${remoteText(wait.name, 60)}'`
    case 'timer':
      return `timer until ${minute(wait.until)}`
    case 'scheduledStart':
      return `start at ${minute(wait.until)}`
    case 'entityReply':
      return `external event or reply of entity '${remoteText(wait.name, 60)}'`
    case 'operations':
      return many(wait.count, 'operation')
    case 'lock':
      return `to be unlocked by '${remoteText(wait.name, 60)}'`
    case 'event':
      return 'external event'
    case 'firstRun':
      return 'first run'
    case 'resume':
      return 'to be resumed'
    case 'lostStart':
      return 'nothing: its start message is lost'
    case 'notKnown':
      return 'not known'
  }
}

function together(one: Wait, other: Wait): Wait {
  if (one.on === 'operations' && other.on === 'operations') return { ...one, count: one.count + other.count }
  return 'until' in one && 'until' in other && other.until < one.until ? other : one
}
