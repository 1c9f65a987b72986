import type { Settings } from '../function-app/picture.ts'
import { referenceFromConnectionString, storageReferenceOf } from '../function-app/storage-reference.ts'
import type { Account } from '../task-hub/hub.ts'

export type AccountsInSettings = {
  readonly known: readonly Account[]
  /** A setting that ARM does not show, such as a Key Vault reference: any account may be behind it. */
  readonly someHidden: boolean
}

const identityKey = /^(.+)(?:__|:)(?:accountName|tableServiceUri|queueServiceUri|blobServiceUri)$/i
const connectionString = /(^|;)\s*(AccountName|TableEndpoint|QueueEndpoint|BlobEndpoint|UseDevelopmentStorage)\s*=/i
const hiddenValue = /^\s*@Microsoft\./i

/** Every storage account that any setting of a slot names, whichever connection it is meant for. */
export function accountsIn(settings: Settings, storageSuffix: string): AccountsInSettings {
  const known: Account[] = []
  let someHidden = false
  for (const [key, value] of Object.entries(settings)) {
    if (hiddenValue.test(value)) {
      someHidden = true
      continue
    }
    const [, prefix] = identityKey.exec(key) ?? []
    const reference = connectionString.test(value)
      ? referenceFromConnectionString(value)
      : prefix === undefined
        ? undefined
        : storageReferenceOf(settings, prefix, storageSuffix)
    if (reference?.kind === 'connectionString' || reference?.kind === 'identity') known.push(reference.account)
  }
  return { known, someHidden }
}
