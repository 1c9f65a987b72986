// What a task is told by its agent, for stories that a bench runs in its own process.
import type { Azure } from '../emulator/azure.ts'
import type { ServicePrincipal } from '../emulator/identities.ts'
import type { Agent } from '../tasks/agent/agent.ts'

export type BenchAgentOptions = {
  readonly azure: Azure
  readonly principal: ServicePrincipal
  readonly log: (line: string) => void
}

/** An agent with one service connection, to the Azure on loopback, and no inputs. */
export function benchAgent({ azure, principal, log }: BenchAgentOptions): Agent {
  const { armUrl, authorityUrl, subscriptionId, tenantId, caPem } = azure
  const { clientId, secret = '' } = principal
  const withoutSlash = (url: string) => url.replace(/\/$/, '')
  return {
    log: { info: log, warn: log, progress: (_percent, text) => log(text) },
    input: () => undefined,
    variable: () => undefined,
    kept: () => undefined,
    keep: () => undefined,
    secret: () => undefined,
    connection: () => ({
      id: '00000000-0000-4000-8000-000000000000',
      name: 'azure',
      subscriptionId,
      armUrl: withoutSlash(armUrl),
      authorityUrl: withoutSlash(authorityUrl),
      armScope: 'https://management.core.windows.net//.default',
      environment: 'AzureCloud',
      storageSuffix: 'core.windows.net',
      scheme: { kind: 'clientSecret', tenantId, clientId, clientSecret: secret },
    }),
    transport: () => ({ userAgent: 'bench', proxyFor: () => undefined, tls: { ca: caPem } }),
  }
}
