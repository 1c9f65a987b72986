import { Buffer } from 'node:buffer'
import type { StoredText } from '../../task-hub/ports.ts'
import { AnswerError } from './requests/answer-error.ts'
import { firstPage, nameOf, pages } from './pages.ts'
import { ifPresent, type Store } from './store.ts'

const largest = 1024 * 1024

/** A small blob as text with its ETag; undefined where blob or container do not exist. */
export async function readBlobText(
  { connection, caller }: Store,
  { container, name }: { readonly container: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredText | undefined> {
  const client = connection.blob(container, name)
  const operation = { service: 'blob', name: `read blob '${name}' of container '${container}'` } as const
  const act = async (abortSignal: AbortSignal) => {
    const { readableStreamBody, etag, contentLength, date } = await client.download(0, undefined, {
      abortSignal,
      maxRetryRequests: 0,
    })
    const chunks: Buffer[] = []
    let length = 0
    try {
      for await (const chunk of readableStreamBody ?? []) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > largest) throw new AnswerError('it is larger than 1 MB', { kind: 'unreadable' })
        chunks.push(bytes)
      }
    } catch (error) {
      // The stream says no more of a connection that breaks than that it was aborted.
      throw error instanceof AnswerError ? error : new AnswerError('the answer broke off', { kind: 'network' })
    }
    if (contentLength !== undefined && contentLength !== length) {
      throw new AnswerError('the answer is cut short', { kind: 'network' })
    }
    if (etag === undefined) throw new AnswerError('the answer has no ETag', { kind: 'unreadable' })
    if (date === undefined || Number.isNaN(date.getTime())) {
      throw new AnswerError('the answer does not say when it was given', { kind: 'unreadable' })
    }
    return { text: Buffer.concat(chunks).toString('utf8'), etag, at: date }
  }
  return ifPresent(() => caller.read(operation, act, signal))
}

/** The blobs of a container page by page. A missing container throws `AzureFailure` (`notFound`). */
export function blobPages({ connection, caller }: Store, container: string, signal: AbortSignal) {
  const client = connection.container(container)
  const operation = { service: 'blob', name: `list the blobs of container '${container}'` } as const
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client.listBlobsFlat({ abortSignal }).byPage(token === undefined ? {} : { continuationToken: token }),
    )
    for (const { name } of page.segment.blobItems) nameOf(name)
    return { items: page.segment.blobItems, token: page.continuationToken || undefined }
  }
  return pages(caller, { operation, fetch }, signal)
}

/** Whether a container holds any blob; false where it does not exist. */
export async function hasBlobs(store: Store, container: string, signal: AbortSignal): Promise<boolean> {
  const found = await ifPresent(async () => {
    for await (const items of blobPages(store, container, signal)) if (items.length > 0) return true
    return false
  })
  return found ?? false
}
