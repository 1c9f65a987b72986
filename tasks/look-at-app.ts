import { Refusal } from '../core/failures.ts'
import { findApp } from '../core/function-app/find-app.ts'
import type { AppAddress } from '../core/function-app/picture.ts'
import type { ReadableStorage } from '../core/function-app/storage-reference.ts'
import {
  isReadable,
  referenceFromAccountName,
  referenceFromConnectionString,
} from '../core/function-app/storage-reference.ts'
import type { AppView } from '../core/function-app/view.ts'
import { viewOf } from '../core/function-app/view.ts'
import type { Deps } from './deps.ts'
import type { WantedApp } from './wanted-app.ts'

/** An app whose address is known, and a look at it that can be taken again and again. */
export type OpenApp = {
  /** In ARM's own spelling once a look was taken: the deployment record is named by it. */
  readonly address: AppAddress
  readonly look: (signal: AbortSignal) => Promise<AppView>
}

/** Finds the app once and opens it. Throws `Refusal` and `AzureFailure`. */
export async function openApp(
  { azure }: Pick<Deps, 'azure'>,
  wanted: WantedApp,
  signal: AbortSignal,
): Promise<OpenApp> {
  const givenStorage = storageGiven(wanted, azure.storageSuffix)
  const address = await findApp(azure.apps, wanted, signal)
  const names = {
    taskHubSetting: wanted.taskHubSetting,
    storageSetting: wanted.storageSetting,
    storageSuffix: azure.storageSuffix,
    ...(givenStorage ? { givenStorage } : {}),
  }
  const app = {
    address,
    look: async (now: AbortSignal) => {
      const picture = await azure.apps.look(address, now)
      app.address = picture.app
      return viewOf(picture, names)
    },
  }
  return app
}

function storageGiven(wanted: WantedApp, suffix: string): ReadableStorage | undefined {
  if (wanted.storageConnectionString !== undefined) {
    const reference = referenceFromConnectionString(wanted.storageConnectionString)
    if (isReadable(reference)) return reference
    throw new Refusal(
      "storageConnectionString is not a storage connection string. Give it as the portal shows it under 'Access keys'.",
    )
  }
  if (wanted.storageAccountName === undefined) return undefined
  const reference = referenceFromAccountName(wanted.storageAccountName, suffix)
  if (isReadable(reference)) return reference
  throw new Refusal(
    `storageAccountName '${wanted.storageAccountName}' is not the name of a storage account (3 to 24 lower-case letters and digits).`,
  )
}
