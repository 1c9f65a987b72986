import { AzureFailure } from '../../failures.ts'
import type { ReadableStorage } from '../../function-app/storage-reference.ts'
import type { Clock } from '../../ports.ts'
import { Caller } from './requests/call.ts'
import { connect, type Access, type StorageConnection } from './requests/connection.ts'

/** One storage account as the readers of this folder use it. */
export type Store = { readonly connection: StorageConnection; readonly caller: Caller }

export type StorageAccess = Access & { readonly clock: Clock }

/** Opens no connection yet; throws `AzureFailure` where there is no way to sign in. */
export function openStore(reference: ReadableStorage, access: StorageAccess): Store {
  const connection = connect(reference, access)
  return { connection, caller: new Caller(connection, access.clock) }
}

/** The storage server's time, by the Date header of its newest answer. Throws `AzureFailure` where it sent none. */
export function serverTime({ connection }: Store): Date {
  const now = connection.serverTime()
  if (now) return now
  throw unreadable('read the time of the service', connection.account.name, 'its answers have no Date header')
}

/** Undefined where the service said by its own code that the thing is not there. */
export async function ifPresent<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof AzureFailure && error.kind === 'notFound') return undefined
    throw error
  }
}

/** The evidence is there but makes no sense: nothing may be concluded from it. */
export function unreadable(operation: string, account: string, because: string): AzureFailure {
  return new AzureFailure(`Could not ${operation} in storage account '${account}': ${because}.`, {
    operation,
    kind: 'unreadable',
  })
}
