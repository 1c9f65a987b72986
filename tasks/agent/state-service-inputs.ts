import { isSafeUrl } from '../../core/azure/http/client.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { StateServiceAddress } from '../../core/service/ports.ts'
import type { Inputs } from './read-inputs.ts'

/** `api://orders-state`, `https://…`, or the id of the application. */
const audience = {
  pattern: /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s?#]+|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$/,
  rule: "the Application ID URI of the service, such as 'api://orders-state', without '/.default'",
}

/** The inputs of group "State service"; undefined where none was given. */
export function readStateService(inputs: Inputs): StateServiceAddress | undefined {
  const key = inputs.secret('stateServiceKey')
  const wantedAudience = inputs.text('stateServiceAudience', audience)
  const given = inputs.text('stateServiceUrl') !== undefined
  if (wantedAudience?.endsWith('/.default') === true) {
    inputs.problem('stateServiceAudience', `is '${remoteText(wantedAudience, 100)}'. Give ${audience.rule}.`)
  }
  if (key !== undefined && wantedAudience !== undefined) {
    inputs.problem('stateServiceKey', "was given together with input 'stateServiceAudience'. Give only one of the two.")
  }
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    inputs.problem('stateServiceKey', 'holds blanks or characters that no key has. Copy the key again.')
  }
  if (!given) {
    for (const [name, value] of Object.entries({ stateServiceKey: key, stateServiceAudience: wantedAudience })) {
      if (value === undefined) continue
      inputs.problem(
        name,
        "was given without input 'stateServiceUrl'. Give the address of the service, or leave it out.",
      )
    }
    return undefined
  }
  if (key === undefined && wantedAudience === undefined) {
    inputs.problem(
      'stateServiceUrl',
      "was given without a way to sign in. Give input 'stateServiceKey', or 'stateServiceAudience' to sign in as the service connection.",
    )
  }
  return {
    url: readUrl(inputs),
    ...(key === undefined ? {} : { key }),
    ...(wantedAudience === undefined ? {} : { audience: wantedAudience }),
  }
}

/** Whatever could be a key in it is refused first, because an address that is refused otherwise is printed. */
function readUrl(inputs: Inputs): string {
  const text = inputs.text('stateServiceUrl') ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')) {
    inputs.problem(
      'stateServiceUrl',
      "holds a user, a password, a query or a fragment. Give the address alone, and the key in input 'stateServiceKey', from a secret variable.",
    )
    return ''
  }
  if (!isSafeUrl(text)) inputs.problem('stateServiceUrl', `is '${remoteText(text, 200)}'. Give an https address.`)
  return text.replace(/\/+$/, '')
}
