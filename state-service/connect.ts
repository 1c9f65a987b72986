import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { TokenCredential } from '@azure/identity'
import { ClientSecretCredential, ManagedIdentityCredential } from '@azure/identity'
import { armFunctionApps } from '../core/azure/arm/function-apps.ts'
import { systemClock } from '../core/azure/clock.ts'
import { within } from '../core/azure/http/within.ts'
import { sdkClientOptions, type Transport } from '../core/azure/http/transport.ts'
import { openTaskHubs } from '../core/azure/storage/task-hubs.ts'
import { AzureFailure, Refusal } from '../core/failures.ts'
import { viewOf } from '../core/function-app/view.ts'
import type { Log } from '../core/ports.ts'
import { remoteText } from '../core/remote-text.ts'
import type { Config } from './config.ts'
import { createService } from './create-service.ts'
import type { StateService } from './service.ts'
import { openTableDocuments } from './documents/store-table.ts'
import type { Watched, WatchedApp } from './watched.ts'

/** As the tasks take it right before a change: long enough for a message sent before its row, or a row before its message. */
const quietPeriodMs = 5_000

export type ConnectedService = { readonly service: StateService; close(): void }

export type ConnectOptions = {
  readonly log: Log
  readonly version: string
  /** Straight to every address unless told otherwise. */
  readonly transport?: Transport
  readonly quietPeriodMs?: number
}

/** Builds the service from its settings, and its table where that is missing. Throws `AzureFailure` where it cannot be had. */
export async function connectService(config: Config, options: ConnectOptions): Promise<ConnectedService> {
  const { transport = direct, log, version } = options
  const end = new AbortController()
  // Every request that is under way listens.
  setMaxListeners(0, end.signal)
  const credential = credentialOf(config.azure, transport)
  const access = { credential, transport, clock: systemClock, onSecret: () => undefined }
  const documents = openTableDocuments(config.state.storage, access, config.state.table)
  await documents.ensure(end.signal)
  const watched = watch(config, { credential, transport })
  const service = createService({
    documents,
    watched,
    clock: systemClock,
    log,
    version,
    newId: randomUUID,
    random: Math.random,
    quietPeriodMs: options.quietPeriodMs ?? quietPeriodMs,
    inTime,
    lifetime: end.signal,
  })
  return { service, close: () => end.abort() }
}

type Access = { readonly credential: TokenCredential; readonly transport: Transport }

function watch({ apps, azure }: Config, { credential, transport }: Access): Watched {
  const { armUrl, armScope: scope, storageSuffix } = azure
  const onSecret = () => undefined
  const bySubscription = new Map<string, ReturnType<typeof armFunctionApps>>()
  const armOf = ({ subscriptionId }: WatchedApp) => {
    const known = bySubscription.get(subscriptionId)
    if (known) return known
    const made = armFunctionApps({ armUrl, subscriptionId, credential, scope, transport, onSecret })
    bySubscription.set(subscriptionId, made)
    return made
  }
  return {
    apps,
    look: async (app, signal) => {
      const { name, resourceGroup, taskHubSetting, storageSetting } = app
      const picture = await armOf(app).look({ name, resourceGroup }, signal)
      return viewOf(picture, { taskHubSetting, storageSetting, storageSuffix })
    },
    hubs: ({ slot, storage, tracking }) => {
      if (storage.kind === 'unknown') {
        throw new Refusal(`The task hub of slot '${slot}' cannot be read: ${storage.because}.`)
      }
      if (tracking?.kind === 'unknown') {
        throw new Refusal(`The task hub of slot '${slot}' cannot be read: ${tracking.because}.`)
      }
      return openTaskHubs(storage.reference, { credential, transport, clock: systemClock, onSecret }, tracking?.store)
    },
  }
}

/** A sign-in that fails is an `AzureFailure` as any call that fails, for then nothing can be said of a hub. */
function credentialOf({ identity, authorityUrl }: Config['azure'], transport: Transport): TokenCredential {
  const options = sdkClientOptions(transport)
  const inner =
    identity.kind === 'secret'
      ? new ClientSecretCredential(identity.tenantId, identity.clientId, identity.clientSecret, {
          ...options,
          authorityHost: authorityUrl,
          // It would ask the public cloud whether the authority is real.
          disableInstanceDiscovery: true,
        })
      : new ManagedIdentityCredential({
          ...options,
          ...(identity.clientId === undefined ? {} : { clientId: identity.clientId }),
        })
  return {
    getToken: async (scopes, asked) => {
      try {
        return await inner.getToken(scopes, asked ?? {})
      } catch (error) {
        if (asked?.abortSignal?.aborted === true) throw error
        const said =
          error instanceof Error ? remoteText(error.message.split('\n')[0] ?? '', 200) : 'no reason was given'
        throw new AzureFailure(`Could not sign in to Azure: ${said}`, { operation: 'sign in to Azure', kind: 'denied' })
      }
    },
  }
}

async function inTime<T>(ms: number, work: Promise<T>, signal: AbortSignal): Promise<T | 'late'> {
  const late = Symbol('late')
  try {
    return await within(
      { timeoutMs: ms, signal, timedOut: () => Object.assign(new Error('late'), { late }) },
      () => work,
    )
  } catch (error) {
    if (error instanceof Error && 'late' in error && error.late === late) return 'late'
    throw error
  }
}

const direct: Transport = { userAgent: 'durable-functions-state-service', proxyFor: () => undefined }
