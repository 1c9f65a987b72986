import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { findApp } from '../../../core/function-app/find-app.ts'
import type { AppAddress } from '../../../core/function-app/picture.ts'
import type { FunctionApps } from '../../../core/function-app/ports.ts'
import { hubInWords, hubOf } from '../../../core/function-app/slot-hub.ts'
import { referenceFromConnectionString, isReadable } from '../../../core/function-app/storage-reference.ts'
import { viewOf } from '../../../core/function-app/view.ts'
import { app, connectionTo, standardNames, type AppBuilder } from '../../support/app.ts'

const keyVault = '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)'
const stagingHub = (built: AppBuilder) => {
  const hub = built.view().hubs[1]
  assert.ok(hub)
  return hub
}

describe('what a slot says of its task hub', () => {
  it('is name and account', () => {
    assert.deepEqual(hubOf(stagingHub(app())), {
      account: { name: 'shopdata', id: 'shopdata.core.windows.net' },
      name: 'shop99',
    })
  })

  const words: [string, AppBuilder, RegExp][] = [
    ['a name', app(), /^'shop99'$/],
    ['nothing', app().slot('staging', { hub: undefined }), /^no task hub$/],
    ['an empty setting', app().slot('staging', { hub: '  ' }), /^no task hub$/],
    ['a name that is none', app().slot('staging', { hub: 'a-b' }), /^'a-b', which is not a task hub name$/],
    [
      'settings that cannot be read',
      app().slot('staging', { unreadable: 'no role' }),
      /^an unknown task hub \(no role\)$/,
    ],
  ]
  for (const [what, built, expected] of words) {
    it(`reads well for ${what}`, () => assert.match(hubInWords(stagingHub(built)), expected))
  }

  const unknown: [string, AppBuilder, RegExp][] = [
    [
      'hidden',
      app().slot('staging', { settings: { AzureWebJobsStorage: keyVault } }),
      /Key Vault.*Give storageConnectionString/,
    ],
    [
      'missing',
      app().slot('staging', { settings: { AzureWebJobsStorage: '' } }),
      /has no app setting 'AzureWebJobsStorage'/,
    ],
    ['nonsense', app().slot('staging', { settings: { AzureWebJobsStorage: 'nonsense' } }), /names no storage account/],
    ['not readable', app().slot('staging', { unreadable: 'no role' }), /no role/],
  ]
  for (const [what, built, expected] of unknown) {
    it(`has no account when that is ${what}, and says why`, () => {
      const { storage } = stagingHub(built)
      assert.match(storage.kind === 'unknown' ? storage.because : '', expected)
      assert.equal(hubOf(stagingHub(built)), undefined)
    })
  }

  const given = referenceFromConnectionString(connectionTo('shopdata'))
  assert.ok(isReadable(given))

  it('takes the account that the user gave where the settings hide it', () => {
    const { picture } = app()
      .slot('staging', { settings: { AzureWebJobsStorage: keyVault } })
      .view()
    const [, staging] = viewOf(picture, { ...standardNames, givenStorage: given }).hubs

    assert.equal(staging && hubOf(staging)?.account.name, 'shopdata')
  })

  it('is reached the way the user gave where it is the same account', () => {
    const [, staging] = viewOf(app().picture(), { ...standardNames, givenStorage: given }).hubs

    assert.ok(staging?.storage.kind === 'known' && staging.storage.reference === given)
  })

  it('is refused where the user gave another account', () => {
    const picture = app().slot('staging', { account: 'other' }).picture()

    assert.throws(
      () => viewOf(picture, { ...standardNames, givenStorage: given }),
      (error) => error instanceof Refusal && /'shopdata'.*'staging' uses 'other'/.test(error.message),
    )
  })

  const tracking = 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName'
  it('names the account of its instances where settings keep them elsewhere', () => {
    const hub = stagingHub(
      app().slot('staging', { settings: { [tracking]: 'Tracking', Tracking: connectionTo('rows') } }),
    )

    assert.ok(hub.tracking?.kind === 'known' && hub.tracking.store.reference.account.name === 'rows')
  })

  it('says when the account of its instances cannot be told', () => {
    const hub = stagingHub(app().slot('staging', { settings: { [tracking]: 'Tracking' } }))

    assert.match(hub.tracking?.kind === 'unknown' ? hub.tracking.because : '', /'Tracking'/)
  })

  it('tells every key that takes part in naming the account, each once', () => {
    assert.deepEqual(app().view().storageKeys, ['AzureWebJobsStorage'])
  })
})

describe('finding an app', () => {
  const signal = new AbortController().signal
  const apps = (...addresses: AppAddress[]): FunctionApps => {
    const unused = (): never => assert.fail('not to be called')
    return {
      list: async () => await Promise.resolve(addresses),
      look: unused,
      writeSettings: unused,
      requestSwap: unused,
      readOperation: unused,
      glance: unused,
    }
  }
  const shop = { name: 'shop', resourceGroup: 'rg1' }

  it('takes the resource group that was given and lists nothing', async () => {
    const found = await findApp(apps(), { appName: 'shop', resourceGroupName: 'rg9' }, signal)

    assert.deepEqual(found, { name: 'shop', resourceGroup: 'rg9' })
  })

  it('finds it in whatever case', async () => {
    assert.deepEqual(await findApp(apps(shop), { appName: 'SHOP' }, signal), shop)
  })

  const refusals: [string, FunctionApps, RegExp][] = [
    ['there is none, listing what was found', apps({ ...shop, name: 'till' }), /No function app 'shop'.*'till'/],
    ['nothing is seen at all', apps(), /no function app at all/],
    [
      'there are many others',
      apps(...Array.from({ length: 12 }, (_, n) => ({ ...shop, name: `x${n}` }))),
      /and 2 more/,
    ],
    ['several match', apps(shop, { ...shop, resourceGroup: 'rg2' }), /'rg1', 'rg2'. Give resourceGroupName/],
  ]
  for (const [what, found, expected] of refusals) {
    it(`is refused when ${what}`, async () => {
      await assert.rejects(findApp(found, { appName: 'shop' }, signal), expected)
    })
  }
})
