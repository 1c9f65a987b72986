import { AzureFailure } from '../../core/failures.ts'
import type { DocumentKind, Documents } from './documents.ts'

/** Writers of one document at a time that are waited out. Each round one of them gets through. */
const mostTries = 20

/**
 * Reads a document, changes what it says and writes it, again where somebody else wrote meanwhile. A change that answers what
 * it was given writes nothing. `change` may be called several times, and after a write whose reply was lost: it has to come
 * to the same then, or to bear being made twice. Answers what stands there now. Throws `AzureFailure`.
 */
export async function changeDocument<T>(
  documents: Documents,
  { kind, key, parse }: { readonly kind: DocumentKind; readonly key: string; readonly parse: (text?: string) => T },
  change: (state: T) => T,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 0; tries < mostTries; tries++) {
    const stored = await documents.read(kind, key, signal)
    const state = parse(stored?.text)
    const changed = change(state)
    if (changed === state) return state
    const text = JSON.stringify(changed)
    if ((await documents.write({ kind, key, text }, stored?.etag, signal)) === 'written') return changed
  }
  throw new AzureFailure(`Could not write document '${kind}/${key}': others wrote it each time before.`, {
    operation: `write document '${kind}/${key}'`,
    kind: 'conflict',
  })
}
