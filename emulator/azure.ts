// Azure on loopback: Entra, Azure DevOps, Resource Manager, function apps with slots, and storage (Azurite).
// What it imitates and what not: docs/local-azure.md.
import { randomBytes, randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerArm } from './arm/arm.ts'
import { authenticate, forbidden, may, publicArmAudiences } from './arm/authorize.ts'
import { siteId } from './arm/resources.ts'
import { DevOps } from './devops/oidc.ts'
import { Directory } from './entra/directory.ts'
import { createIssuer } from './entra/jwt.ts'
import { answerIdentity } from './entra/managed-identity.ts'
import { answerEntra } from './entra/token-endpoint.ts'
import { Tokens } from './entra/tokens.ts'
import type { NewFunctionApp } from './function-app/add.ts'
import { addFunctionApp } from './function-app/add.ts'
import type { FunctionApp } from './function-app/function-app.ts'
import { startHost } from './host/host.ts'
import type { StartHost } from './host/types.ts'
import { Faults } from './http/faults.ts'
import type { Listener } from './http/listener.ts'
import { listen } from './http/listener.ts'
import { RequestLog } from './http/request-log.ts'
import { Identities } from './identities.ts'
import type { Storage } from './storage/storage.ts'
import { startStorage } from './storage/storage.ts'
import type { KeyPair } from './tls/certificates.ts'
import { createAuthority } from './tls/certificates.ts'

export type Timing = {
  /** What each step of a swap takes beyond its work. */
  stepMs: number
  /** Retry-After of a swap under way. */
  retryAfterSeconds: number
  warmUpTimeoutMs: number
  warmUpAttempts: number
}

export type AzureOptions = {
  /** What runs in each slot; the Functions host of emulator/host unless told otherwise. */
  readonly startHost?: StartHost
  /** Names of storage accounts; the first is the default one. */
  readonly accounts?: readonly string[]
  readonly timing?: Partial<Timing>
  /** What tokens for ARM must name as their audience; absent: the two of the public cloud. */
  readonly armAudiences?: readonly string[]
  /** Items a page when sites are listed; absent: one page. */
  readonly pageSize?: number
  /** Callers of ARM, Entra and Azure DevOps must show `clientCertificate`. */
  readonly requireClientCertificate?: boolean
  /** Passed on to the hosts' durable workers. */
  readonly leaseSeconds?: number
  readonly log?: (line: string) => void
}

export type Azure = {
  /** The four addresses end with a slash. */
  readonly armUrl: string
  readonly authorityUrl: string
  readonly devOpsUrl: string
  /** SYSTEM_OIDCREQUESTURI of a job. */
  readonly oidcRequestUri: string
  readonly systemAccessToken: string
  readonly identityEndpoint: { readonly url: string; readonly header: string }
  readonly caFile: string
  readonly caPem: string
  /** Signed by the authority; only asked for with requireClientCertificate. */
  readonly clientCertificate: KeyPair
  readonly tenantId: string
  readonly subscriptionId: string
  readonly storage: Storage
  readonly identities: Identities
  readonly tokens: Tokens
  readonly devOps: DevOps
  readonly faults: Faults
  readonly requests: RequestLog
  /** May be changed at any time. */
  readonly timing: Timing
  readonly apps: readonly FunctionApp[]
  addFunctionApp(app: NewFunctionApp): Promise<FunctionApp>
  /** Deletes an app with its slots; what runs in them ends abruptly. */
  removeFunctionApp(app: FunctionApp): Promise<void>
  addServicePrincipal: Identities['addServicePrincipal']
  addManagedIdentity: Identities['addManagedIdentity']
  addServiceConnection: Identities['addServiceConnection']
  revoke: Identities['revoke']
  /** Ends every process, listener and folder. */
  stop(): Promise<void>
}

/** Starts everything but function apps. Throws when Azurite does not come up. */
export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const folder = await mkdtemp(join(tmpdir(), 'azure-on-loopback-'))
  const stopping = new AbortController()
  // Every swap under way listens.
  setMaxListeners(0, stopping.signal)
  const listeners: Listener[] = []
  const apps: FunctionApp[] = []
  const ofApps = new Map<FunctionApp, readonly Listener[]>()
  let storage: Storage | undefined
  const closeApp = async (app: FunctionApp) => {
    await Promise.all(app.slots.map((slot) => slot.worker.close()))
    await Promise.all((ofApps.get(app) ?? []).map((listener) => listener.close()))
    ofApps.delete(app)
  }
  const stop = async () => {
    stopping.abort()
    await Promise.all(apps.map(closeApp))
    await Promise.all(listeners.map((listener) => listener.close()))
    await storage?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [authority, issuer, devOpsIssuer] = await Promise.all([createAuthority(), createIssuer(), createIssuer()])
    const files = await writeFiles(folder, authority)
    const clientCertificate = await authority.clientCertificate('agent')
    const [tenantId, subscriptionId] = [randomUUID(), randomUUID()]
    const faults = new Faults()
    const requests = new RequestLog()
    const directory = new Directory(tenantId)
    const tokens = new Tokens(issuer, tenantId)
    const devOps = new DevOps(devOpsIssuer, randomBytes(39).toString('base64url'))
    const identities = new Identities(directory, devOps, subscriptionId)
    const timing: Timing = {
      stepMs: 50,
      retryAfterSeconds: 1,
      warmUpTimeoutMs: 10_000,
      warmUpAttempts: 5,
      ...options.timing,
    }
    const place = { subscriptionId, tenantId }
    const identity = { directory, tokens, audiences: options.armAudiences ?? publicArmAudiences }
    const header = randomBytes(16).toString('hex')
    const clientAuthority = options.requireClientCertificate === true ? { clientAuthority: authority.caPem } : {}
    const open = async (listener: Parameters<typeof listen>[0]) => {
      const opened = await listen(listener)
      listeners.push(opened)
      return opened
    }
    const common = { faults, requests, tls: { ...authority.server, ...clientAuthority } }
    const arm = {
      ...identity,
      place,
      apps,
      pageSize: () => options.pageSize,
      retryAfterSeconds: () => timing.retryAfterSeconds,
    }
    const armListener = await open({ ...common, service: 'arm', handle: (call) => answerArm(call, arm) })
    const entraListener = await open({
      ...common,
      service: 'entra',
      handle: (call) => Promise.resolve(answerEntra(call, { directory, issuer, tokens, trusted: devOps.trusted })),
    })
    const devOpsListener = await open({
      ...common,
      service: 'devops',
      handle: (call) => Promise.resolve(devOps.answer(call)),
    })
    const identityListener = await open({
      faults,
      requests,
      service: 'identity',
      handle: (call) => Promise.resolve(answerIdentity(call, { ...identity, header })),
    })
    storage = await startStorage({
      folder,
      accounts: options.accounts ?? ['stdurable'],
      tls: { server: authority.server, caPem: authority.caPem, ...files },
      ...identity,
      faults,
      requests,
    })
    const contentRoot = join(folder, 'content')
    await mkdir(contentRoot)
    const devOpsUrl = `https://localhost:${devOpsListener.port}/`
    return {
      armUrl: `https://localhost:${armListener.port}/`,
      authorityUrl: `https://localhost:${entraListener.port}/`,
      devOpsUrl,
      oidcRequestUri: `${devOpsUrl}${randomUUID()}/_apis/distributedtask/hubs/build/plans/${randomUUID()}/jobs/${randomUUID()}/oidctoken`,
      systemAccessToken: devOps.systemAccessToken,
      identityEndpoint: { url: `http://127.0.0.1:${identityListener.port}/MSI/token`, header },
      caFile: files.caFile,
      caPem: authority.caPem,
      clientCertificate,
      tenantId,
      subscriptionId,
      storage,
      identities,
      tokens,
      devOps,
      faults,
      requests,
      timing,
      apps,
      addServicePrincipal: (wanted) => identities.addServicePrincipal(wanted),
      addManagedIdentity: (wanted) => identities.addManagedIdentity(wanted),
      addServiceConnection: (wanted) => identities.addServiceConnection(wanted),
      revoke: (clientId) => identities.revoke(clientId),
      addFunctionApp: async (wanted) => {
        const own = identities.addManagedIdentity({ arm: 'none', systemAssigned: false })
        const added = await addFunctionApp(wanted, {
          principalId: own.objectId,
          timing,
          signal: stopping.signal,
          contentRoot,
          listener: { faults, requests, tls: authority.server },
          worker: {
            startHost: options.startHost ?? startHost,
            caPem: authority.caPem,
            storageToken: () => Promise.resolve(tokens.issue(own, 'https://storage.azure.com').token),
            ...(options.leaseSeconds !== undefined && { leaseSeconds: options.leaseSeconds }),
            ...(options.log !== undefined && { log: options.log }),
          },
          authorizeDeployment: (call, app) => {
            const caller = authenticate(call, identity)
            if ('status' in caller) return caller
            const scope = siteId(app, place)
            const action = 'Microsoft.Web/sites/publish/action'
            return may(caller, action, scope) ? undefined : forbidden(caller, action, scope)
          },
        })
        apps.push(added.app)
        ofApps.set(added.app, added.listeners)
        return added.app
      },
      removeFunctionApp: async (app) => {
        const at = apps.indexOf(app)
        if (at >= 0) apps.splice(at, 1)
        await closeApp(app)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function writeFiles(folder: string, authority: { readonly caPem: string; readonly server: KeyPair }) {
  const files = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'server.pem'),
    keyFile: join(folder, 'server.key'),
  }
  await writeFile(files.caFile, authority.caPem)
  await writeFile(files.certFile, authority.server.cert)
  await writeFile(files.keyFile, authority.server.key, { mode: 0o600 })
  return files
}
