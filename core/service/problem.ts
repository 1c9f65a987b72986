import { asClause } from '../failures.ts'
import { isObject } from '../json.ts'
import { remoteText } from '../remote-text.ts'

/** What an answer that is no success says of itself (problem+json), as a clause, neutralised; undefined where it says nothing. */
export function problemInWords(json: unknown): string | undefined {
  if (!isObject(json)) return undefined
  const words = [json['title'], json['detail']].flatMap((text) =>
    typeof text === 'string' && text.trim() !== '' ? [asClause(remoteText(text))] : [],
  )
  return words.length === 0 ? undefined : words.join(': ')
}

/** Whether the service said it itself, and nothing that answers in its place (state-service/http/problem.ts). */
export function isOwnProblem(contentType: string | undefined, json: unknown): boolean {
  const type = isObject(json) ? json['type'] : undefined
  return (
    /^\s*application\/problem\+json\s*(?:;|$)/i.test(contentType ?? '') &&
    typeof type === 'string' &&
    type.startsWith('urn:durable-functions-safe-deployment:problem:')
  )
}
