import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { RestError } from '@azure/core-rest-pipeline'
import { largestAnswerBytes, tooLarge, unboundedJson, UnboundedAnswer } from './bounds.ts'

/** The SDK would read an answer whole, however large, and parse it. Throws `UnboundedAnswer` before it comes to either. */
export function boundedClient(inner: HttpClient): HttpClient {
  return {
    sendRequest: async (request) => {
      const streamed = request.streamResponseStatusCodes
      // Somebody who streams bounds what is read. The SDKs say with an empty set that they do not (core-client
      // getStreamingResponseStatusCodes).
      if (streamed !== undefined && streamed.size > 0) return await inner.sendRequest(request)
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
      const own = new AbortController()
      const outer = request.abortSignal
      const cancel = () => own.abort()
      if (outer?.aborted === true) cancel()
      outer?.addEventListener('abort', cancel)
      request.abortSignal = own.signal
      try {
        const answer = await inner.sendRequest(request)
        const text = await readWhole(answer, request)
        const what = text === undefined ? tooLarge : unboundedJson(text)
        if (text === undefined || what !== undefined) {
          // Else the rest of it would stay in the socket, which would never be free again.
          own.abort()
          throw new UnboundedAnswer(what ?? tooLarge, { status: answer.status, headers: answer.headers.toJSON() })
        }
        const { readableStreamBody: _, ...rest } = answer
        return { ...rest, bodyAsText: text }
      } finally {
        outer?.removeEventListener('abort', cancel)
        if (streamed) request.streamResponseStatusCodes = streamed
        else delete request.streamResponseStatusCodes
        if (outer) request.abortSignal = outer
        else delete request.abortSignal
      }
    },
  }
}

/** Undefined where it is too large. Throws `RestError` where the connection was cut. */
async function readWhole(answer: PipelineResponse, request: PipelineRequest): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer.readableStreamBody ?? []) {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += part.length
      if (bytes > largestAnswerBytes) return undefined
      chunks.push(part)
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    throw new RestError(`The answer was cut off: ${why}`, { code: 'ECONNRESET', request })
  }
  return Buffer.concat(chunks).toString('utf8')
}
