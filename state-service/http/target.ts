import type { Query } from './query.ts'
import { readQuery } from './query.ts'

/** A segment of a path as it was sent and what it means. */
export type Segment = { readonly raw: string; readonly text: string }

export type Target = { readonly segments: readonly Segment[]; readonly query: Query }

const longestUrl = 2048

/** Where a key or a token must not be: the address is logged on its way. */
const credentialParameters = new Set(['code', 'clientid', 'key', 'x-functions-key', 'access_token', 'token', 'sig'])

export type BadTarget = { readonly code: 'badUrl' | 'badCredential'; readonly detail: string }

/**
 * Reads path and query. Refused is what two readers on the way could take for two different paths: encoded slashes and
 * backslashes, dot segments, what is encoded twice, control characters, other bytes than ASCII.
 */
export function readTarget(url: string): Target | BadTarget {
  if (url.length > longestUrl) return bad(`The address is longer than ${longestUrl} characters.`)
  if (!/^\/[\x21-\x7e]*$/.test(url) || /[\\#]/.test(url)) {
    return bad('The address holds characters that belong encoded, or does not start with a slash.')
  }
  const at = url.includes('?') ? url.indexOf('?') : url.length
  const segments: Segment[] = []
  for (const raw of url.slice(1, at).split('/')) {
    const text = decodedSegment(raw)
    if (text === undefined) return bad('A part of the path is not encoded as a name is.')
    segments.push({ raw, text })
  }
  const query = readQuery(url.slice(at + 1))
  if (query === undefined) return bad('The query cannot be decoded, or has too many parameters.')
  if ([...query.keys()].some((name) => credentialParameters.has(name.toLowerCase()))) {
    return { code: 'badCredential', detail: inQuery }
  }
  return { segments, query }
}

const inQuery =
  'A key or token in the query is not accepted, since addresses are logged. Send a key in the header x-functions-key, or a token in the header Authorization; and renew the one that was sent.'

function bad(detail: string): BadTarget {
  return { code: 'badUrl', detail }
}

function decodedSegment(raw: string): string | undefined {
  let text: string
  try {
    text = decodeURIComponent(raw)
  } catch {
    return undefined
  }
  return /[/\\%\p{Cc}]/u.test(text) || /^\.+$/.test(text) ? undefined : text
}
