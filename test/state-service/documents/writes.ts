// Documents whose writes go through a test's hands.
import { AzureFailure } from '../../../core/failures.ts'
import type { Documents } from '../../../state-service/documents/documents.ts'

export type Write = {
  readonly key: string
  /** Which write of all it is, from 0. */
  readonly at: number
  readonly signal: AbortSignal
  /** Does it. */
  readonly proceed: () => Promise<'written' | 'conflict'>
}

export function withWrites(
  documents: Documents,
  act: (write: Write) => Promise<'written' | 'conflict'>,
): Documents & { readonly writes: () => number } {
  let count = 0
  return {
    ...documents,
    writes: () => count,
    write: (document, etag, signal) => {
      const { key } = document
      return act({ key, at: count++, signal, proceed: () => documents.write(document, etag, signal) })
    },
  }
}

/** As the table's store throws where a reply is lost and nobody can tell what came of it. */
export function lostReply(): AzureFailure {
  return new AzureFailure('Could not write it: the service cannot be reached.', {
    operation: 'write it',
    kind: 'network',
    mayHaveHappened: true,
  })
}

export function down(): AzureFailure {
  return new AzureFailure('Could not write it: status 503.', { operation: 'write it', kind: 'throttled', status: 503 })
}

/** A door that is shut until it is opened. */
export function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

/** Lets everything that is ready to go on do so, without any time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
