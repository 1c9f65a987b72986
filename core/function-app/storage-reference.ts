import type { Account } from '../task-hub/hub.ts'

/** Where a slot's settings say that its task hub is stored. */
export type StorageReference =
  | { readonly kind: 'connectionString'; readonly account: Account; readonly connectionString: string }
  | {
      readonly kind: 'identity'
      readonly account: Account
      readonly tableUrl: string
      readonly queueUrl: string
      readonly blobUrl: string
    }
  /** The settings do not show the account, as with a Key Vault reference. */
  | { readonly kind: 'hidden'; readonly setting: string; readonly because: string }
  | { readonly kind: 'missing'; readonly setting: string }
  | { readonly kind: 'invalid'; readonly setting: string; readonly because: string }
