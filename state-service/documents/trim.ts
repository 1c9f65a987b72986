import type { Documents } from './documents.ts'
import { readHints } from './hints-document.ts'

/** What nobody was heard of for so long, and no slot runs, is forgotten. */
const forgottenAfterMs = 30 * 24 * 60 * 60_000

/**
 * Forgets hubs that no slot runs any more: their proofs first, since hints that begin anew would not void them. `inUse` has
 * names in lower case. Throws `AzureFailure`.
 */
export async function forgetHubs(
  documents: Documents,
  { inUse, now }: { readonly inUse: ReadonlySet<string>; readonly now: Date },
  signal: AbortSignal,
): Promise<void> {
  const unused = (await documents.keys('hints', signal)).filter((hub) => !inUse.has(hub))
  if (unused.length === 0) return
  const proofs = await documents.keys('proof', signal)
  for (const hub of unused) {
    const { heardAt = '' } = await readHints(documents, hub, signal)
    if (now.getTime() - Date.parse(heardAt) < forgottenAfterMs) continue
    for (const proof of proofs) if (proof.endsWith(`/${hub}`)) await documents.remove('proof', proof, signal)
    await documents.remove('hints', hub, signal)
  }
}
