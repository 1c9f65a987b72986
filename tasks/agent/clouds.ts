/** What the clouds differ in, by the environment name that a service connection carries (azure-arm-rest constants). */
const clouds = new Map([
  ['azurecloud', { storageSuffix: 'core.windows.net', authority: 'https://login.microsoftonline.com' }],
  ['azurechinacloud', { storageSuffix: 'core.chinacloudapi.cn', authority: 'https://login.chinacloudapi.cn' }],
  ['azureusgovernment', { storageSuffix: 'core.usgovcloudapi.net', authority: 'https://login.microsoftonline.us' }],
  ['azuregermancloud', { storageSuffix: 'core.cloudapi.de', authority: 'https://login.microsoftonline.de' }],
])

/** The authorities whose metadata the public instance discovery of Entra ID knows. */
const publicAuthorities = [
  'login.microsoftonline.com',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'login.microsoftonline.us',
  'login.microsoftonline.de',
  'login.windows.net',
]

/** The connection's own authority, else that of a known cloud; undefined where neither tells. */
export function authorityOf(environment: string, given: string | undefined): string | undefined {
  return given || clouds.get(environment.toLowerCase())?.authority
}

export function isPublicAuthority(authorityUrl: string): boolean {
  return publicAuthorities.includes(new URL(authorityUrl).host)
}

/**
 * The scope of an ARM token. The audience's own slash at the end belongs to it: `https://management.core.windows.net/` gives
 * `https://management.core.windows.net//.default`, and without it Entra ID issues a token for another audience.
 */
export function armScopeOf(armUrl: string, audience: string | undefined): string {
  return `${audience || armUrl}/.default`
}

/**
 * Where the cloud's storage accounts live. On Azure Stack Hub, and in an environment we do not know, that is the domain of ARM
 * itself: `management.<region>.<domain>` goes with `<account>.table.<region>.<domain>`.
 */
export function storageSuffixOf(environment: string, armUrl: string): string {
  const known = clouds.get(environment.toLowerCase())
  return known ? known.storageSuffix : new URL(armUrl).host.replace(/^(?:admin)?management\./, '')
}
