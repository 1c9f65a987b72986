import type { HubName } from './name.ts'
import { sameHubName } from './name.ts'

/**
 * A storage account. `id` is what two settings must share to mean the same account: the canonical table endpoint
 * (`name.suffix` for a service endpoint, `host:port/name` for a path-style one), lower case.
 */
export type StorageAccount = { readonly name: string; readonly id: string }

/** A task hub is the pair of storage account and name. */
export type Hub = { readonly account: StorageAccount; readonly name: HubName }

/** A hub that can be asked about without knowing where it is; `account` not set: the slot's settings hide it. */
export type AskedHub = { readonly name: HubName; readonly account?: StorageAccount }

export function sameHub(left: Hub, right: Hub): boolean {
  return left.account.id === right.account.id && sameHubName(left.name, right.name)
}

/** `account/name`, the form that is accepted and announced where a name alone would be ambiguous. */
export function qualifiedHubName(hub: Hub): string {
  return `${hub.account.name}/${hub.name}`
}

/** Where a hub is: "storage account 'shopdata'". */
export function accountInWords({ account }: AskedHub): string {
  return account ? `storage account '${account.name}'` : 'a storage account that cannot be told'
}
