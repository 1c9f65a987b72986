// The state service on loopback, over the real clients, watching apps of a scene.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../core/azure/clock.ts'
import { httpClient } from '../../core/azure/http/client.ts'
import type { Transport } from '../../core/azure/http/transport.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { createApp } from '../../state-service/app.ts'
import { readConfig } from '../../state-service/config.ts'
import { connectService } from '../../state-service/connect.ts'
import type { HandleRequest } from '../../state-service/http/api.ts'
import { authenticateWith } from '../../state-service/http/entra.ts'
import { startServer } from '../../state-service/server.ts'
import type { StateService } from '../../state-service/service.ts'
import { requireReply, requireRequest } from '../state-service/support/openapi.ts'
import { FakeLog } from '../support/fake-clock.ts'
import type { Scene } from './scene.ts'

export type RunningService = {
  /** As input `stateServiceUrl` takes it. */
  readonly url: string
  /** With every scope. */
  readonly key: string
  readonly audience: string
  readonly service: StateService
  readonly log: FakeLog
  readonly get: (path: string) => Promise<Readonly<Record<string, unknown>>>
  stop(): Promise<void>
}

let tables = 0

export async function startStateService(scene: Scene, apps: readonly FunctionApp[]): Promise<RunningService> {
  const { azure } = scene
  const key = randomBytes(30).toString('base64url')
  const audience = 'api://state-service'
  const principal = await azure.addServicePrincipal()
  const config = readConfig({
    WatchedApps: JSON.stringify(apps.map(({ name, resourceGroup }) => ({ name, resourceGroup }))),
    AzureSubscriptionId: azure.subscriptionId,
    StateStorage: azure.storage.account().connectionString,
    StateTable: `State${(tables += 1)}`,
    ServiceKeys: JSON.stringify({ pipeline: { key, scopes: ['read', 'tell', 'events'] } }),
    EntraTenantId: azure.tenantId,
    EntraAudience: audience,
    EntraCallers: JSON.stringify({ [scene.objectId]: ['read', 'tell'] }),
    EntraAuthorityUrl: azure.authorityUrl,
    ArmUrl: azure.armUrl,
    ArmScope: 'https://management.azure.com/.default',
    AZURE_TENANT_ID: azure.tenantId,
    AZURE_CLIENT_ID: principal.clientId,
    AZURE_CLIENT_SECRET: principal.secret,
  })
  const transport: Transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } }
  const log = new FakeLog()
  const connected = await connectService(config, { log, version: '0.0.0', transport, quietPeriodMs: 10 })
  const { service } = connected
  const authenticate = authenticateWith(config.access, { http: httpClient(transport), clock: systemClock })
  const violations: string[] = []
  const handle = heldToOpenApi(createApp({ service, authenticate, clock: systemClock, log }), violations)
  const server = await startServer({ handle, port: 0 })
  return {
    url: server.url,
    key,
    audience,
    service,
    log,
    get: async (path) => {
      const answer = await fetch(`${server.url}/api/v1/${path}`, { headers: { 'x-functions-key': key } })
      return (await answer.json()) as Readonly<Record<string, unknown>>
    },
    stop: async () => {
      await server.close()
      connected.close()
      assert.deepEqual(violations, [])
    },
  }
}

/** What was asked and answered that openapi.yaml does not allow. A request that was refused need not be right. */
function heldToOpenApi(handle: HandleRequest, violations: string[]): HandleRequest {
  return async (request, signal) => {
    const reply = await handle(request, signal)
    const { method, url: path, body } = request
    const text = body === undefined || body.length === 0 ? undefined : Buffer.from(body).toString('utf8')
    const entries = Object.entries(request.headers).filter(([, value]) => value !== undefined)
    const headers = Object.fromEntries(entries) as Readonly<Record<string, string>>
    try {
      if (reply.status < 400) requireRequest({ method, path, headers, body: text })
      requireReply({ method, path }, { status: reply.status, headers: reply.headers, text: reply.body })
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error))
    }
    return reply
  }
}
