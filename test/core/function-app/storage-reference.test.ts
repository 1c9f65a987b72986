import assert from 'node:assert/strict'
import {
  accountsIn,
  referenceFromAccountName,
  referenceFromConnectionString,
  storageReferenceOf,
  storageSettingKeys,
} from '../../../core/function-app/storage-reference.ts'

const suffix = 'core.windows.net'
const key = 'c2VjcmV0a2V5'
const cloud = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${key};EndpointSuffix=${suffix}`
const idOf = (text: string): string => {
  const read = referenceFromConnectionString(text)
  return read.kind === 'connectionString' ? `${read.account.name} ${read.account.id}` : read.kind
}

describe('the account of a connection string', () => {
  const same: readonly [string, string, string][] = [
    ['is named by AccountName and EndpointSuffix', cloud, 'acct acct.core.windows.net'],
    ['is in the public cloud unless told', `AccountName=acct;AccountKey=${key}`, 'acct acct.core.windows.net'],
    [
      'is the same by its endpoints',
      `AccountName=acct;AccountKey=${key};TableEndpoint=https://ACCT.table.core.windows.net/;QueueEndpoint=https://acct.queue.core.windows.net;BlobEndpoint=https://acct.blob.core.windows.net`,
      'acct acct.core.windows.net',
    ],
    [
      'is the same by a SAS',
      'TableEndpoint=https://acct.table.core.windows.net;QueueEndpoint=https://acct.queue.core.windows.net;BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sv=1&sig=a%3D',
      'acct acct.core.windows.net',
    ],
    [
      'is the same behind a private link',
      `AccountName=acct;AccountKey=${key};TableEndpoint=https://acct.privatelink.table.core.windows.net`,
      'acct acct.core.windows.net',
    ],
    [
      'is another in another cloud',
      `AccountName=acct;AccountKey=${key};EndpointSuffix=core.chinacloudapi.cn`,
      'acct acct.core.chinacloudapi.cn',
    ],
    ['is the emulator', 'UseDevelopmentStorage=true', 'devstoreaccount1 127.0.0.1:10002/devstoreaccount1'],
    [
      'is an emulator on another port',
      `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};TableEndpoint=http://localhost:4242/devstoreaccount1;QueueEndpoint=http://localhost:4241/devstoreaccount1;BlobEndpoint=http://localhost:4240/devstoreaccount1`,
      'devstoreaccount1 127.0.0.1:4242/devstoreaccount1',
    ],
    [
      'is at a domain of its own',
      `AccountName=acct;AccountKey=${key};TableEndpoint=https://tables.contoso.com`,
      'acct tables.contoso.com:443/acct',
    ],
    ['is read whatever the case of the words', `accountname=acct;ACCOUNTKEY=${key}`, 'acct acct.core.windows.net'],
  ]
  for (const [what, text, id] of same) it(what, () => assert.equal(idOf(text), id))

  const invalid: readonly [string, string, RegExp][] = [
    ['is nonsense', 'hello secret', /Name=value/],
    ['has no key', 'AccountName=acct', /neither AccountKey nor SharedAccessSignature/],
    ['has a key that is not base64', 'AccountName=acct;AccountKey=s*cret', /base64/],
    [
      'has a key and no name',
      `AccountKey=${key};TableEndpoint=https://a.table.x;QueueEndpoint=https://a.queue.x;BlobEndpoint=https://a.blob.x`,
      /no AccountName/,
    ],
    ['names no service', `SharedAccessSignature=sig=secret`, /TableEndpoint and QueueEndpoint and BlobEndpoint/],
    ['has an endpoint that is no address', `AccountName=acct;AccountKey=${key};TableEndpoint=secret`, /endpoints/],
    ['speaks ftp', `DefaultEndpointsProtocol=ftp;AccountName=acct;AccountKey=${key}`, /https nor http/],
  ]
  for (const [what, text, because] of invalid) {
    it(`is invalid where it ${what}, and no value is told`, () => {
      const read = referenceFromConnectionString(text)
      assert.ok(read.kind === 'invalid')
      assert.match(read.because, because)
      assert.doesNotMatch(JSON.stringify(read), /s.cret|c2VjcmV0/)
    })
  }
})

describe('the storage of a slot', () => {
  const of = (settings: Record<string, string>, name = 'AzureWebJobsStorage') => {
    const read = storageReferenceOf(settings, name, suffix)
    return 'account' in read ? `${read.kind} ${read.account.id}` : `${read.kind} ${read.setting}`
  }
  const cases: readonly [string, Record<string, string>, string, string?][] = [
    ['is a connection string', { AzureWebJobsStorage: cloud }, 'connectionString acct.core.windows.net'],
    ['is found without case', { azurewebjobsstorage: cloud }, 'connectionString acct.core.windows.net'],
    [
      'may be given by its short name',
      { AzureWebJobsStorage: cloud },
      'connectionString acct.core.windows.net',
      'Storage',
    ],
    [
      'is AzureWebJobs<name> before <name>',
      { AzureWebJobsHub: cloud, Hub: cloud.replace('=acct', '=other') },
      'connectionString acct.core.windows.net',
      'Hub',
    ],
    [
      'is <name> where the other is empty',
      { AzureWebJobsHub: ' ', Hub: cloud },
      'connectionString acct.core.windows.net',
      'Hub',
    ],
    ['is an identity by account name', { AzureWebJobsStorage__accountName: 'Acct' }, 'identity acct.core.windows.net'],
    ['is an identity with colons', { 'AzureWebJobsStorage:accountName': 'acct' }, 'identity acct.core.windows.net'],
    [
      'is an identity by addresses',
      {
        Hub__tableServiceUri: 'https://acct.table.core.windows.net/',
        Hub__queueServiceUri: 'https://acct.queue.core.windows.net',
        Hub__blobServiceUri: 'https://acct.blob.core.windows.net',
      },
      'identity acct.core.windows.net',
      'Hub',
    ],
    [
      'is invalid where an address is missing',
      { Hub__tableServiceUri: 'https://acct.table.core.windows.net' },
      'invalid Hub',
      'Hub',
    ],
    [
      'is invalid where an address is not https',
      { Hub__accountName: 'acct', Hub__queueServiceUri: 'http://acct.queue.core.windows.net' },
      'invalid Hub',
      'Hub',
    ],
    [
      'is invalid where the account name is none',
      { Hub__accountName: 'Not a name' },
      'invalid Hub__accountName',
      'Hub',
    ],
    [
      'is the connection string where both are there',
      { AzureWebJobsStorage: cloud, AzureWebJobsStorage__accountName: 'other' },
      'connectionString acct.core.windows.net',
    ],
    [
      'is hidden in Key Vault',
      { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://v/s)' },
      'hidden AzureWebJobsStorage',
    ],
    [
      'is hidden in App Configuration',
      { AzureWebJobsStorage: ' @microsoft.appconfiguration(Endpoint=x)' },
      'hidden AzureWebJobsStorage',
    ],
    ['is hidden where a part is', { Hub__accountName: '@Microsoft.KeyVault(x)' }, 'hidden Hub__accountName', 'Hub'],
    ['is missing', { Other: cloud }, 'missing AzureWebJobsStorage'],
  ]
  for (const [what, settings, expected, name] of cases) it(what, () => assert.equal(of(settings, name), expected))

  it('is told by the keys that take part', () => {
    assert.deepEqual(
      storageSettingKeys({ azurewebjobsstorage: cloud, AzureWebJobsStorage__clientId: 'x' }, 'AzureWebJobsStorage'),
      ['azurewebjobsstorage'],
    )
    assert.deepEqual(
      storageSettingKeys({ Hub__accountName: 'acct', 'Hub:tableServiceUri': 'https://x', Hub__credential: 'y' }, 'Hub'),
      ['Hub__accountName', 'Hub:tableServiceUri'],
    )
    assert.deepEqual(storageSettingKeys({}, 'Hub'), [])
  })

  it('may be named by hand', () => {
    const read = referenceFromAccountName('Acct', 'core.usgovcloudapi.net')
    assert.ok(read.kind === 'identity')
    assert.equal(read.queueUrl, 'https://acct.queue.core.usgovcloudapi.net')
    assert.equal(referenceFromAccountName('a/b', suffix).kind, 'invalid')
  })
})

describe('the accounts in a slot’s settings', () => {
  it('are all that any setting names', () => {
    const settings = {
      A: cloud,
      B__accountName: 'other',
      C: 'text',
      'D:tableServiceUri': 'https://third.table.core.windows.net',
    }
    const { known, someHidden } = accountsIn(settings, suffix)
    assert.deepEqual(
      known.map(({ name }) => name),
      ['acct', 'other', 'third'],
    )
    assert.equal(someHidden, false)
  })

  it('are not all shown where one is hidden', () => {
    assert.equal(accountsIn({ A: '@Microsoft.KeyVault(x)' }, suffix).someHidden, true)
  })
})
