import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listHostKeysSlot, swapSlot } from '@azure/arm-appservice/api/webApps'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { ask, askArm } from './support/request.ts'
import { armClient, armScope, credentialOf } from './support/sdk.ts'

const site = '/resourceGroups/rg/providers/Microsoft.Web/sites/shop'

const hostJson = {
  version: '2.0',
  extensions: { durableTask: { hubName: '%TaskHubName%', storageProvider: { partitionCount: 1 } } },
}

describe('A function app on loopback, with the real Functions host', function () {
  this.timeout(60_000)
  let azure: Azure
  let app: FunctionApp
  let client: ReturnType<typeof armClient>
  let token: string
  let content: string

  before(async () => {
    content = await mkdtemp(join(tmpdir(), 'together-test-'))
    await writeFile(join(content, 'host.json'), JSON.stringify(hostJson))
    await writeFile(join(content, 'package.json'), '{"version":"1.0.0"}')
    await writeFile(join(content, 'functions.mjs'), 'export const orchestrators = { Quick: () => "done" }\n')
    azure = await startAzure({ timing: { stepMs: 5 }, leaseSeconds: 5 })
    const principal = await azure.addServicePrincipal()
    client = armClient(azure, principal)
    token = (await credentialOf(azure, principal).getToken(armScope)).token
    const settings = (hub: string) => ({
      TaskHubName: hub,
      AzureWebJobsStorage: azure.storage.account().connectionString,
    })
    app = await azure.addFunctionApp({
      name: 'shop',
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: { production: settings('hub1'), staging: settings('hub2') },
      content: { production: content, staging: content },
    })
    await Promise.all(app.slots.map((slot) => slot.ready()))
  })
  after(async () => {
    await azure.stop()
    await rm(content, { recursive: true, force: true })
  })

  const hostState = async (slot: string) =>
    (JSON.parse((await askArm(azure, token, `${site}${slot}/hostruntime/admin/host/status`)).text) as { state: string })
      .state

  it('runs in both slots, as the host says through hostruntime', async () => {
    assert.equal(await hostState(''), 'Running')
    assert.equal(await hostState('/slots/staging'), 'Running')
  })

  it('lets the key that ARM lists into the Durable HTTP API of that slot, before and after a swap', async () => {
    const list = async () => {
      const key = (await listHostKeysSlot(client, 'rg', 'shop', 'staging')).systemKeys?.['durabletask_extension'] ?? ''
      const url = `https://${app.slot('staging').hostName}/runtime/webhooks/durabletask/instances?code=${key}`
      return ask(azure, url)
    }
    assert.equal((await list()).status, 200)

    await swapSlot(
      client,
      'rg',
      'shop',
      'staging',
      { targetSlot: 'production', preserveVnet: false },
      { updateIntervalInMs: 20 },
    ).pollUntilDone()

    assert.equal(app.slot().settings['TaskHubName'], 'hub2')
    assert.equal((await list()).status, 200)
    assert.equal(await hostState(''), 'Running')
  })

  it('reaches storage with its own identity when the settings name no key', async () => {
    const account = (await azure.storage.startWithTokens()).account()
    const staging = app.slot('staging')
    staging.replaceSettings({
      TaskHubName: 'hub3',
      AzureWebJobsStorage__tableServiceUri: account.tableUrl,
      AzureWebJobsStorage__queueServiceUri: account.queueUrl,
      AzureWebJobsStorage__blobServiceUri: account.blobUrl,
    })

    await staging.restart()
    await staging.ready()

    assert.equal(await hostState('/slots/staging'), 'Running')
  })
})
