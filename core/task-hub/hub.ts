import type { HubName } from './name.ts'
import { sameHubName } from './name.ts'

/**
 * A storage account. `id` is what two settings must share to mean the same account: the canonical table endpoint
 * (`name.suffix` for a service endpoint, `host:port/name` for a path-style one), lower case.
 */
export type Account = { readonly name: string; readonly id: string }

/** A task hub is the pair of storage account and name. */
export type Hub = { readonly account: Account; readonly name: HubName }

export function sameHub(left: Hub, right: Hub): boolean {
  return left.account.id === right.account.id && sameHubName(left.name, right.name)
}

/** `account/name`, the form that is accepted and announced where a name alone would be ambiguous. */
export function qualifiedHubName(hub: Hub): string {
  return `${hub.account.name}/${hub.name}`
}
