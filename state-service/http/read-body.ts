import type { ApiReply, ApiRequest } from './api.ts'
import { readJson } from './json-body.ts'
import { problemReply } from './problem.ts'
import type { Route } from './routes.ts'

export type ReadBody = { readonly value: unknown } | { readonly problem: string } | { readonly refused: ApiReply }

/** The JSON that a route takes. A problem is told together with others; a refusal stands alone. */
export function readBody({ headers, body }: ApiRequest, { largestBody }: Route): ReadBody {
  const bytes = body?.length ?? 0
  if (largestBody === 0) {
    return bytes === 0 ? { value: undefined } : { problem: 'The address takes no body with this method. Leave it out.' }
  }
  if (bytes > largestBody) {
    const detail = `The body is larger than ${largestBody / 1024} KB.`
    return { refused: problemReply({ code: 'tooLarge', detail }) }
  }
  if (headers['content-encoding'] !== undefined) {
    return { refused: badType('The body must not be compressed: send it without the header Content-Encoding.') }
  }
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(headers['content-type']?.trim() ?? '')) {
    return { refused: badType('Send the body as JSON, with the header Content-Type: application/json.') }
  }
  const read = readJson(body ?? new Uint8Array())
  return 'because' in read ? { problem: `The body is ${read.because}.` } : read
}

function badType(detail: string): ApiReply {
  return problemReply({ code: 'badType', detail, headers: { accept: 'application/json' } })
}
