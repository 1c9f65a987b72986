import assert from 'node:assert/strict'
import { Refusal } from '../../core/failures.ts'
import { readConfig } from '../../state-service/config.ts'
import type { ServiceSettings } from '../../state-service/http/setting-reader.ts'

const [subscription, tenant, oid] = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`)
const key = 'k'.repeat(32)
const right: ServiceSettings = {
  WatchedApps: '[{"name":"Shop","resourceGroup":"shop-rg"}]',
  AzureSubscriptionId: subscription,
  StateStorage__accountName: 'StState',
  ServiceKeys: JSON.stringify({ gate: { key, scopes: ['read'] } }),
}
const json = JSON.stringify

function refusal(settings: ServiceSettings): string {
  try {
    readConfig({ ...right, ...settings })
  } catch (error) {
    assert.ok(error instanceof Refusal)
    return error.message
  }
  return 'no refusal'
}

describe('The settings of the state service', () => {
  it('need no more than apps, storage and a key in the public cloud', () => {
    const config = readConfig(right)

    assert.deepEqual(config.apps, [
      {
        ...{ name: 'Shop', resourceGroup: 'shop-rg', subscriptionId: subscription },
        ...{ taskHubSetting: 'TaskHubName', storageSetting: 'AzureWebJobsStorage' },
      },
    ])
    assert.equal(config.state.table, 'SafeDeploymentState')
    assert.deepEqual(
      config.state.storage.kind === 'identity' && config.state.storage.tableUrl,
      'https://ststate.table.core.windows.net',
    )
    assert.deepEqual(config.access, { keys: [{ name: 'gate', key, scopes: ['read'] }] })
    assert.deepEqual(config.azure, {
      armUrl: 'https://management.azure.com',
      armScope: 'https://management.azure.com/.default',
      authorityUrl: 'https://login.microsoftonline.com',
      storageSuffix: 'core.windows.net',
      identity: { kind: 'managedIdentity' },
    })
  })

  it('take all that can be said of an app, and another cloud', () => {
    const app = {
      ...{ name: 'shop', resourceGroup: 'rg', subscriptionId: tenant },
      ...{ taskHubSetting: 'Hub', storageSetting: 'DurableStorage' },
    }
    const config = readConfig({
      ...right,
      WatchedApps: json([app]),
      AzureSubscriptionId: undefined,
      ArmUrl: 'https://management.chinacloudapi.cn/',
      EntraAuthorityUrl: 'https://login.chinacloudapi.cn/',
      StorageSuffix: 'core.chinacloudapi.cn',
      ManagedIdentityClientId: oid,
      StateTable: 'Other1',
    })

    assert.deepEqual(config.apps, [app])
    assert.equal(config.state.table, 'Other1')
    assert.deepEqual(config.azure, {
      armUrl: 'https://management.chinacloudapi.cn',
      armScope: 'https://management.chinacloudapi.cn/.default',
      authorityUrl: 'https://login.chinacloudapi.cn',
      storageSuffix: 'core.chinacloudapi.cn',
      identity: { kind: 'managedIdentity', clientId: oid },
    })
    assert.equal(config.state.storage.account.id, 'ststate.core.chinacloudapi.cn')
  })

  it('take the address of a table alone, or a connection string', () => {
    const byUrl = readConfig({
      ...right,
      StateStorage__accountName: undefined,
      StateStorage__tableServiceUri: 'https://st1.table.core.windows.net/',
    })
    const byString = readConfig({
      ...right,
      StateStorage__accountName: undefined,
      StateStorage: 'DefaultEndpointsProtocol=https;AccountName=st2;AccountKey=a2V5;EndpointSuffix=core.windows.net',
    })

    assert.equal(
      byUrl.state.storage.kind === 'identity' && byUrl.state.storage.tableUrl,
      'https://st1.table.core.windows.net',
    )
    assert.deepEqual([byString.state.storage.kind, byString.state.storage.account.name], ['connectionString', 'st2'])
  })

  it('take keys by their SHA-256, and callers of a tenant', () => {
    const sha256 = 'AB'.repeat(32)
    const config = readConfig({
      ...right,
      ServiceKeys: json({ gate: { sha256, scopes: ['read', 'tell'] } }),
      EntraTenantId: tenant?.toUpperCase(),
      EntraAudience: 'api://state-service  44444444-0000-4000-8000-000000000000',
      EntraCallers: json({ [(oid ?? '').toUpperCase()]: ['events'] }),
    })

    assert.deepEqual(config.access, {
      keys: [{ name: 'gate', scopes: ['read', 'tell'], sha256: sha256.toLowerCase() }],
      entra: {
        tenantId: tenant,
        audiences: ['api://state-service', '44444444-0000-4000-8000-000000000000'],
        authorityUrl: 'https://login.microsoftonline.com',
        callers: new Map([[oid, ['events']]]),
      },
    })
  })

  it('take tokens alone', () => {
    const entra = { EntraTenantId: tenant, EntraAudience: 'api://x', EntraCallers: json({ [oid ?? '']: ['read'] }) }

    assert.deepEqual(readConfig({ ...right, ...entra, ServiceKeys: ' ' }).access.keys, [])
  })

  it('take a service principal where it runs on a laptop', () => {
    const principal = { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: oid, AZURE_CLIENT_SECRET: 's' }

    assert.deepEqual(readConfig({ ...right, ...principal }).azure.identity, {
      ...{ kind: 'secret', tenantId: tenant, clientId: oid, clientSecret: 's' },
    })
    assert.match(refusal({ AZURE_CLIENT_SECRET: 'very-secret' }), /Set AZURE_TENANT_ID and AZURE_CLIENT_ID/)
  })

  it('are refused where nobody could call', () => {
    assert.match(refusal({ ServiceKeys: undefined }), /Nobody could call the service/)
  })

  it('are told of all at once', () => {
    const told = refusal({
      WatchedApps: undefined,
      StateStorage__accountName: undefined,
      ServiceKeys: undefined,
      ArmUrl: 'http://x',
    })

    for (const name of ['WatchedApps', 'StateStorage', 'ServiceKeys', 'ArmUrl'])
      assert.match(told, new RegExp(`'${name}'`))
    assert.equal(told.split('\n').length, 5)
  })

  const keysAs = (value: unknown) => ({ ServiceKeys: json(value) })
  const secret = 'do-not-show-this-key-0123456789abcdef'
  const wrong: Readonly<Record<string, readonly [ServiceSettings, RegExp]>> = {
    'a key that is too short': [
      keysAs({ a: { key: secret.slice(0, 31), scopes: ['read'] } }),
      /'ServiceKeys\.a\.key' does not fit\. Give 32 to 200/,
    ],
    'a key with a comma': [keysAs({ a: { key: `${secret},`, scopes: ['read'] } }), /ServiceKeys\.a\.key/],
    'a key with a blank': [keysAs({ a: { key: `${secret} `, scopes: ['read'] } }), /ServiceKeys\.a\.key/],
    'a key that is a number': [keysAs({ a: { key: 1, scopes: ['read'] } }), /ServiceKeys\.a\.key' is not a text/],
    'a key and a SHA-256': [
      keysAs({ a: { key: secret, sha256: 'ab'.repeat(32), scopes: ['read'] } }),
      /either 'key' or 'sha256'/,
    ],
    'neither key nor SHA-256': [keysAs({ a: { scopes: ['read'] } }), /either 'key' or 'sha256'/],
    'a SHA-256 that is none': [keysAs({ a: { sha256: 'do-not-show', scopes: ['read'] } }), /SHA-256 of a key as 64/],
    'a key without scopes': [keysAs({ a: { key: secret } }), /ServiceKeys\.a\.scopes/],
    'a key with no scope': [keysAs({ a: { key: secret, scopes: [] } }), /ServiceKeys\.a\.scopes/],
    'a key with a scope that is not known': [
      keysAs({ a: { key: secret, scopes: ['read', 'all'] } }),
      /'read', 'tell', 'events'/,
    ],
    'a key with a scope twice': [keysAs({ a: { key: secret, scopes: ['read', 'read'] } }), /each once/],
    'a key under two names': [
      keysAs({ a: { key: secret, scopes: ['read'] }, b: { key: secret, scopes: ['tell'] } }),
      /under another name too/,
    ],
    'a key with more': [
      keysAs({ a: { key: secret, scopes: ['read'], expires: 1 } }),
      /ServiceKeys\.a\.expires' is not known/,
    ],
    'a name of a key that is none': [keysAs({ 'a b': { key: secret, scopes: ['read'] } }), /'a b', which is no name/],
    'a list of keys': [keysAs([secret]), /not a JSON object/],
    'keys that are no JSON': [{ ServiceKeys: `{"a":"${secret}"` }, /'ServiceKeys' is not JSON/],
    'a connection string that is none': [
      { StateStorage: `AccountName=x;AccountKey=${secret}!` },
      /'StateStorage' does not tell/,
    ],
    'a reference that was not resolved': [
      { StateStorage: '@Microsoft.KeyVault(SecretUri=https://do-not-show)' },
      /Key Vault reference/,
    ],
    'an address with a password': [{ ArmUrl: 'https://u:do-not-show@x' }, /'ArmUrl' is not an https address/],
    'an app twice': [
      {
        WatchedApps: json([
          { name: 'a', resourceGroup: 'b' },
          { name: 'A', resourceGroup: 'c' },
        ]),
      },
      /the app 'a' twice/,
    ],
    'an app with another field': [
      { WatchedApps: json([{ name: 'a', resourceGroup: 'b', slot: 'c' }]) },
      /WatchedApps\[0\]\.slot' is not known/,
    ],
    'an app without a group': [{ WatchedApps: json([{ name: 'a' }]) }, /WatchedApps\[0\]\.resourceGroup' is missing/],
    'an app that is a text': [{ WatchedApps: '["a"]' }, /WatchedApps\[0\]' is not a JSON object/],
    'no apps': [{ WatchedApps: '[]' }, /1 to 200 apps/],
    'apps that are an object': [{ WatchedApps: '{}' }, /1 to 200 apps/],
    'no subscription': [{ AzureSubscriptionId: '' }, /subscription of app 'Shop' is missing/],
    'a subscription by its name': [
      { AzureSubscriptionId: 'my subscription' },
      /'AzureSubscriptionId' is 'my subscription'/,
    ],
    'a table that is none': [{ StateTable: 'a-b' }, /'StateTable' is 'a-b'/],
    'half of Entra ID': [{ EntraTenantId: tenant }, /set 'EntraAudience' and 'EntraCallers' too/],
    'a caller by name': [
      { EntraTenantId: tenant, EntraAudience: 'a', EntraCallers: json({ gate: ['read'] }) },
      /'gate', which is no name/,
    ],
    'a caller without scopes': [
      { EntraTenantId: tenant, EntraAudience: 'a', EntraCallers: json({ [oid ?? '']: 'read' }) },
      /EntraCallers\.3{8}/,
    ],
  }
  for (const [what, [settings, told]] of Object.entries(wrong)) {
    it(`are refused with ${what}`, () => {
      const message = refusal(settings)

      assert.match(message, told)
      assert.doesNotMatch(message, /do-not-show/)
    })
  }
})
