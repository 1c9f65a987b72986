import { isRestError } from '@azure/core-rest-pipeline'
import { AzureFailure, Cancelled, Refusal } from '../../failures.ts'
import { remoteText } from '../../remote-text.ts'
import type { Errand } from './answer.ts'
import { sentence } from './answer.ts'

const certificateCodes = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What is known of an error that a client threw because no answer came. Rethrows what is not of the network. */
export function networkFailure(error: unknown, errand: Errand, host: string): AzureFailure {
  if (error instanceof AzureFailure || error instanceof Cancelled || error instanceof Refusal) throw error
  const code = codeOf(error)
  if (code === undefined && !isRestError(error)) throw error
  const { why, remedy } = explain(code, host)
  return new AzureFailure(sentence(errand, why, remedy), {
    operation: errand.operation,
    kind: 'network',
    code,
    cause: error,
  })
}

export function timeoutFailure(errand: Errand, host: string, timeoutMs: number): AzureFailure {
  return new AzureFailure(sentence(errand, `'${host}' did not answer within ${timeoutMs / 1000} s`, ''), {
    operation: errand.operation,
    kind: 'timeout',
  })
}

/** The first system or TLS error code in an error and its causes. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 8; depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code
    at = 'cause' in at ? at.cause : undefined
  }
  return undefined
}

function explain(code: string | undefined, host: string): { why: string; remedy: string } {
  if (code !== undefined && certificateCodes.has(code)) {
    return {
      why: `the certificate of '${host}' is not trusted (${code})`,
      remedy: "Configure the agent with the authority's certificate (--sslcacert), or set NODE_EXTRA_CA_CERTS.",
    }
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { why: `the name '${host}' could not be resolved (${code})`, remedy: "Check the agent's DNS and proxy." }
  }
  const named = code === undefined ? '' : ` (${remoteText(code, 60)})`
  return { why: `'${host}' could not be reached${named}`, remedy: "Check the agent's network and proxy." }
}
