// The real Azure SDKs, pointed at the emulator and trusting its authority.
import { createWebSiteManagement } from '@azure/arm-appservice/api'
import { ClientSecretCredential } from '@azure/identity'
import type { Azure } from '../../../emulator/azure.ts'
import type { ServicePrincipal } from '../../../emulator/identities.ts'

export const armScope = 'https://management.core.windows.net//.default'

/** Options of every credential: authority, no instance discovery, the CA, and no patience. */
export function credentialOptions(azure: Azure) {
  return {
    authorityHost: azure.authorityUrl,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: azure.caPem },
    retryOptions: { maxRetries: 0 },
  }
}

export function credentialOf(azure: Azure, { clientId, secret }: ServicePrincipal): ClientSecretCredential {
  return new ClientSecretCredential(azure.tenantId, clientId, secret ?? '', credentialOptions(azure))
}

export function armClient(azure: Azure, principal: ServicePrincipal) {
  return createWebSiteManagement(credentialOf(azure, principal), azure.subscriptionId, {
    endpoint: azure.armUrl,
    credentials: { scopes: [armScope] },
    tlsOptions: { ca: azure.caPem },
    retryOptions: { maxRetries: 0 },
  })
}
