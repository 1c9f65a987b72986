import assert from 'node:assert/strict'
import {
  get,
  getSlot,
  list,
  listApplicationSettingsSlot,
  listFunctions,
  listHostKeysSlot,
  listSlotConfigurationNames,
  listSlotDifferencesSlot,
  listSlots,
  updateApplicationSettingsSlot,
  updateSlotConfigurationNames,
} from '@azure/arm-appservice/api/webApps'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { EchoHosts } from './support/echo-host.ts'
import { echoHosts } from './support/echo-host.ts'
import { ask, askArm } from './support/request.ts'
import { armClient, armScope, credentialOf } from './support/sdk.ts'

const sites = '/resourceGroups/rg/providers/Microsoft.Web/sites'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('Resource Manager on loopback, through @azure/arm-appservice', function () {
  this.timeout(30_000)
  let azure: Azure
  let app: FunctionApp
  let hosts: EchoHosts
  let client: ReturnType<typeof armClient>
  let token: string

  before(async () => {
    hosts = echoHosts()
    azure = await startAzure({ startHost: hosts.start, pageSize: 2 })
    app = await azure.addFunctionApp({
      name: 'Orders',
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: { production: { TaskHubName: 'hub1' }, staging: { TaskHubName: 'hub2', Same: 'x', Mine: 'yes' } },
      stickySettings: ['Mine'],
    })
    for (const name of ['second', 'third', 'fourth']) await azure.addFunctionApp({ name, resourceGroup: 'other' })
    await azure.addFunctionApp({ name: 'flexible', resourceGroup: 'rg', sku: 'FlexConsumption' })
    const principal = await azure.addServicePrincipal()
    client = armClient(azure, principal)
    token = (await credentialOf(azure, principal).getToken(armScope)).token
  })
  after(() => azure.stop())

  it('lists the sites of the subscription over several pages', async () => {
    const names = (await collect(list(client))).map((site) => site.name)

    assert.deepEqual(names, ['Orders', 'second', 'third', 'fourth', 'flexible'])
    assert.equal(azure.requests.count({ service: 'arm', path: /skiptoken/ }), 2)
  })

  it('finds app and slot whatever the case of their names, with the address of each', async () => {
    const site = await get(client, 'RG', 'ORDERS')
    const slot = await getSlot(client, 'rg', 'orders', 'STAGING')

    assert.equal(site.defaultHostName, app.slot().hostName)
    assert.equal(slot.name, 'Orders/staging')
    assert.equal(slot.defaultHostName, app.slot('staging').hostName)
    assert.match(slot.defaultHostName ?? '', /^localhost:\d+$/)
    assert.equal(slot.sku, 'ElasticPremium')
    assert.deepEqual(
      (await collect(listSlots(client, 'rg', 'orders'))).map(({ name }) => name),
      ['Orders/staging'],
    )
  })

  it('replaces the whole set of app settings and restarts the slot', async () => {
    const before = hosts.started.filter(
      ({ options }) => options.slotName === 'staging' && options.siteName === 'Orders',
    )

    await updateApplicationSettingsSlot(client, 'rg', 'orders', 'staging', {
      properties: { TaskHubName: 'hub3', Mine: 'yes', Same: 'x' },
    })

    const read = await listApplicationSettingsSlot(client, 'rg', 'orders', 'staging')
    assert.deepEqual(read.properties, { TaskHubName: 'hub3', Mine: 'yes', Same: 'x' })
    assert.equal(before.at(-1)?.stopped, true)
    assert.equal(hosts.started.at(-1)?.options.settings['TaskHubName'], 'hub3')
  })

  it('refuses a body that is no set of strings and changes nothing', async () => {
    const before = app.slot('staging').settings

    const answer = await askArm(azure, token, `${sites}/orders/slots/staging/config/appsettings`, {
      method: 'PUT',
      body: '{"properties":{"a":1}}',
    })

    assert.equal(answer.status, 400)
    assert.equal(app.slot('staging').settings, before)
  })

  it('keeps the names of sticky settings at the site', async () => {
    assert.deepEqual((await listSlotConfigurationNames(client, 'rg', 'orders')).appSettingNames, ['Mine'])

    await updateSlotConfigurationNames(client, 'rg', 'orders', { appSettingNames: ['Mine', 'Other'] })

    assert.deepEqual(app.stickySettings, ['Mine', 'Other'])
    assert.equal((await askArm(azure, token, `${sites}/orders/slots/staging/config/slotConfigNames`)).status, 404)
  })

  it('replaces all lists of names that stay with their slot: one that is left out is empty', async () => {
    const all = {
      appSettingNames: ['Mine', 'Other'],
      connectionStringNames: ['Db'],
      azureStorageConfigNames: ['Share'],
    }
    await updateSlotConfigurationNames(client, 'rg', 'orders', all)
    const { connectionStringNames, azureStorageConfigNames } = await listSlotConfigurationNames(client, 'rg', 'orders')
    assert.deepEqual([connectionStringNames, azureStorageConfigNames], [['Db'], ['Share']])

    await updateSlotConfigurationNames(client, 'rg', 'orders', { appSettingNames: ['Mine'] })

    assert.deepEqual(app.otherStickyNames, { connectionStringNames: null, azureStorageConfigNames: null })
  })

  it('lists the instances that a slot runs on, and none of a slot that is stopped', async () => {
    const count = async () => {
      const answer = await askArm(azure, token, `${sites}/orders/slots/staging/instances`)
      return (JSON.parse(answer.text) as { value: unknown[] }).value.length
    }
    app.slot('staging').instances = 3
    assert.equal(await count(), 3)

    await app.slot('staging').stop()
    assert.equal(await count(), 0)
    await app.slot('staging').start()
  })

  it('tells which differences a swap would exchange', async () => {
    const differences = await collect(
      listSlotDifferencesSlot(client, 'rg', 'orders', 'staging', { targetSlot: 'production', preserveVnet: false }),
    )

    const rules: Record<string, string | undefined> = Object.fromEntries(
      differences.map(({ settingName = '', diffRule }) => [settingName, diffRule]),
    )
    assert.equal(rules['TaskHubName'], 'SettingsWillBeSwapped')
    assert.equal(rules['Mine'], 'SettingsWillNotBeSwapped')
  })

  it('gives each slot its own keys, and its functions', async () => {
    const keys = await listHostKeysSlot(client, 'rg', 'orders', 'staging')

    assert.equal(keys.masterKey, app.slot('staging').keys.master)
    assert.notEqual(keys.masterKey, app.slot().keys.master)
    const [start] = await collect(listFunctions(client, 'rg', 'orders'))
    assert.equal(start?.name, 'Orders/Start')
    assert.equal(start.isDisabled, false)
  })

  it('passes hostruntime on to the host of that slot with admin rights and without the token', async () => {
    const answer = await askArm(
      azure,
      token,
      `${sites}/orders/slots/staging/hostruntime/runtime/webhooks/durabletask/instances/a%2Fb?top=3`,
    )

    const seen = JSON.parse(answer.text) as Record<string, unknown>
    assert.equal(seen['slot'], 'staging')
    assert.equal(seen['caller'], 'arm')
    assert.equal(seen['path'], '/runtime/webhooks/durabletask/instances/a%2Fb')
    assert.match(String(seen['query']), /^top=3/)
    assert.equal(seen['authorization'], null)
  })

  it('stops a slot: no host, no keys, and the front end says so', async () => {
    const staging = app.slot('staging')

    assert.equal((await askArm(azure, token, `${sites}/orders/slots/staging/stop`, { method: 'POST' })).status, 200)

    assert.equal(staging.host, undefined)
    assert.equal((await ask(azure, `https://${staging.hostName}/`)).status, 403)
    assert.match(
      (await askArm(azure, token, `${sites}/orders/slots/staging/host/default/listkeys`, { method: 'POST' })).text,
      /ServiceUnavailable/,
    )
    assert.equal((await getSlot(client, 'rg', 'orders', 'staging')).state, 'Stopped')
    assert.equal((await askArm(azure, token, `${sites}/orders/slots/staging/start`, { method: 'POST' })).status, 200)
    assert.equal((await ask(azure, `https://${staging.hostName}/`)).status, 200)
  })

  it('shows Flex Consumption with its functionAppConfig and without slots', async () => {
    const site = await get(client, 'rg', 'flexible')

    assert.equal(site.sku, 'FlexConsumption')
    assert.equal(site.functionAppConfig?.siteUpdateStrategy?.type, 'Recreate')
    assert.deepEqual(await collect(listSlots(client, 'rg', 'flexible')), [])
    const swap = await askArm(azure, token, `${sites}/flexible/slots/staging/slotsswap`, {
      method: 'POST',
      body: '{"targetSlot":"production","preserveVnet":false}',
    })
    assert.equal(swap.status, 404)
  })

  const problems: [string, () => Promise<{ status: number; text: string }>, number, RegExp][] = [
    [
      'without a token',
      () => ask(azure, `${azure.armUrl}subscriptions/x?api-version=2025-05-01`),
      401,
      /"AuthenticationFailed"/,
    ],
    ['with a made-up token', () => askArm(azure, 'a.b.c', `${sites}/orders`), 401, /"InvalidAuthenticationToken"/],
    [
      'with a token for storage',
      async () => askArm(azure, await storageToken(), `${sites}/orders`),
      401,
      /"InvalidAuthenticationTokenAudience"/,
    ],
    [
      'without an api-version',
      () => ask(azure, `${azure.armUrl}subscriptions/x`, { headers: { authorization: `Bearer ${token}` } }),
      400,
      /"MissingApiVersionParameter"/,
    ],
    [
      'for another subscription',
      () =>
        ask(azure, `${azure.armUrl}subscriptions/x/providers/Microsoft.Web/sites?api-version=2025-05-01`, {
          headers: { authorization: `Bearer ${token}` },
        }),
      404,
      /"SubscriptionNotFound"/,
    ],
    [
      'for a resource group that is not there',
      () => askArm(azure, token, '/resourceGroups/nope/providers/Microsoft.Web/sites/orders'),
      404,
      /"ResourceGroupNotFound"/,
    ],
    [
      'for an app that is not there',
      () => askArm(azure, token, `${sites}/nope`),
      404,
      /"ResourceNotFound".*sites\/nope/,
    ],
    [
      'for a slot that is not there',
      () => askArm(azure, token, `${sites}/orders/slots/nope`),
      404,
      /"ResourceNotFound".*slots\/nope/,
    ],
  ]
  for (const [what, send, status, text] of problems) {
    it(`refuses a request ${what}`, async () => {
      const answer = await send()

      assert.equal(answer.status, status)
      assert.match(answer.text, text)
    })
  }

  const storageToken = async () => {
    const principal = await azure.addServicePrincipal()
    return (await credentialOf(azure, principal).getToken('https://storage.azure.com/.default')).token
  }

  it('lets a reader look but neither list settings nor swap', async () => {
    const reader = await azure.addServicePrincipal({ arm: 'reader' })
    const read = (await credentialOf(azure, reader).getToken(armScope)).token

    assert.equal((await askArm(azure, read, `${sites}/orders`)).status, 200)
    for (const action of ['config/appsettings/list', 'slots/staging/slotsswap', 'host/default/listkeys']) {
      const answer = await askArm(azure, read, `${sites}/orders/${action}`, { method: 'POST', body: '{}' })
      assert.equal(answer.status, 403)
      assert.match(answer.text, /"AuthorizationFailed".*does not have authorization to perform action/)
    }
  })

  it('shows in a list only what the caller may read, and refuses who may read nothing', async () => {
    const scope = `/subscriptions/${azure.subscriptionId}/resourceGroups/other`
    const some = await azure.addServicePrincipal({ arm: 'none', roles: [{ scope, role: 'reader' }] })
    const none = await azure.addServicePrincipal({ arm: 'none' })

    assert.equal((await collect(list(armClient(azure, some)))).length, 3)
    await assert.rejects(collect(list(armClient(azure, none))), { statusCode: 403, code: 'AuthorizationFailed' })
  })
})
