// What a service is told, in the form that it takes: a text that does not fit is cut, an account or a link is left out. Not
// to be told for a blank too many would help nobody.
import type { RunIdentity } from '../record/record.ts'
import { remoteText } from '../remote-text.ts'
import type { ToldHub } from './ports.ts'

const longestLine = 199
const longestId = 128

/** A line of text, of one character at least. */
export function toldLine(text: string): string {
  return remoteText(text, longestLine) || 'not told'
}

/** An id of letters, digits and `._:-`. What is cut is its beginning, for the numbers that tell runs apart are at its end. */
export function toldId(...parts: readonly string[]): string {
  const plain = parts.map((part) => part.replace(/[^A-Za-z0-9._:-]+/g, '-')).join('.')
  return plain.slice(-longestId).replace(/^[^A-Za-z0-9]+/, '')
}

/** Who did it; a link that is not https is none. */
export function toldRun({ id, run, project, link }: RunIdentity): RunIdentity {
  const isLink = link.length <= 1000 && /^https:\/\/[\x21-\x7e]+$/i.test(link) && !link.includes('@')
  return {
    ...(id === undefined ? {} : { id: toldLine(id) }),
    run: toldLine(run),
    project: remoteText(project, longestLine),
    link: isLink ? link : '',
  }
}

/** A hub; without its account where that has no name of its own, as behind an address of one's own. */
export function toldHub({ account, name }: ToldHub): ToldHub {
  return account !== undefined && /^[A-Za-z0-9]{3,24}$/.test(account) ? { account, name } : { name }
}
