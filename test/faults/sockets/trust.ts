// The authority of the emulated Azure as one that the process trusts anyway, as an agent's machine does. Given to each client, it
// would have all of Node's own roots parsed again for each connection, which takes longer than most requests.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { SecureContext, SecureContextOptions } from 'node:tls'

type Tls = { createSecureContext: (options?: SecureContextOptions) => SecureContext }

/** Answers how to take it back. */
export function trust(caPem: string): () => void {
  const tls = createRequire(import.meta.url)('node:tls') as Tls
  const original = tls.createSecureContext
  const trusting = original({ ca: caPem })
  tls.createSecureContext = (options = {}) =>
    options.ca === undefined && options.key === undefined ? trusting : original(options)
  syncBuiltinESMExports()
  return () => {
    tls.createSecureContext = original
    syncBuiltinESMExports()
  }
}
