// The same suites on the fakes and on the adapters over the emulator, so that the fakes stay honest.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armFunctionApps } from '../../core/azure/arm/function-apps.ts'
import { systemClock } from '../../core/azure/clock.ts'
import type { Transport } from '../../core/azure/http/transport.ts'
import { openRecordStore } from '../../core/azure/storage/record-store.ts'
import { referenceFromConnectionString } from '../../core/function-app/storage-reference.ts'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import { instantClock } from '../core/azure/scripted-server.ts'
import { echoHosts } from '../emulator/support/echo-host.ts'
import { armScope, credentialOf } from '../emulator/support/sdk.ts'
import { app } from '../support/app.ts'
import { FakeCalls } from '../support/fake-calls.ts'
import { FakeFunctionApps } from '../support/fake-function-apps.ts'
import { FakeRecordStore } from '../support/fake-record-store.ts'
import { FakeSlotFunctions } from '../support/fake-slot-functions.ts'
import { aFunctionAppsPort } from './function-apps.ts'
import { aRecordStore } from './record-store.ts'
import { aSlotFunctionsPort } from './slot-functions.ts'

describe('the fake of function apps', () => {
  const shop = app()
    .sticky('Where')
    .slot('production', { hub: 'old', settings: { Where: 'production' } })
    .slot('staging', { hub: 'new', settings: { Where: 'staging' } })
  aFunctionAppsPort(async () => {
    const picture = shop.picture()
    return await Promise.resolve({ app: picture.app, apps: new FakeFunctionApps(new FakeCalls(), [picture]) })
  })
})

describe('the fake of the functions of slots', () => {
  aSlotFunctionsPort(async () => {
    const [calls, picture] = [new FakeCalls(), app().sticky('Where').picture()]
    const functions = new FakeSlotFunctions(calls, new FakeFunctionApps(calls, [picture]))
    return await Promise.resolve({ app: picture.app, functions: functions.deploy('staging', { Start: 'httpTrigger' }) })
  })
})

describe('the fake of a record store', () => {
  aRecordStore(() => ({ store: new FakeRecordStore(new FakeCalls()), app: 'shop' }))
})

describe('the adapters over Azure on loopback', function () {
  this.timeout(60_000)
  let azure: Azure
  let content: string
  let transport: Transport
  let count = 0

  before(async () => {
    content = await mkdtemp(join(tmpdir(), 'conformance-app-'))
    await writeFile(join(content, 'host.json'), '{"version":"2.0"}')
    azure = await startAzure({ startHost: echoHosts().start, timing: { stepMs: 100, retryAfterSeconds: 1 } })
    transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } }
  })
  after(async () => {
    await azure.stop()
    await rm(content, { recursive: true, force: true })
  })

  const openApp = async () => {
    const name = `shop${++count}`
    const AzureWebJobsStorage = azure.storage.account().connectionString
    await azure.addFunctionApp({
      name,
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: {
        production: { AzureWebJobsStorage, TaskHubName: 'old', Where: 'production' },
        staging: { AzureWebJobsStorage, TaskHubName: 'new', Where: 'staging' },
      },
      stickySettings: ['Where'],
      content: { production: content, staging: content },
    })
    const apps = armFunctionApps({
      armUrl: azure.armUrl,
      subscriptionId: azure.subscriptionId,
      credential: credentialOf(azure, await azure.addServicePrincipal()),
      scope: armScope,
      transport,
      onSecret: () => undefined,
      clock: instantClock(),
    })
    return { app: { resourceGroup: 'rg', name }, apps }
  }

  describe('function apps', () => {
    aFunctionAppsPort(openApp)
  })

  describe('the functions of slots', () => {
    aSlotFunctionsPort(async () => {
      const { app, apps } = await openApp()
      return { app, functions: apps.functions }
    })
  })

  describe('a record store', () => {
    aRecordStore(() => {
      const reference = referenceFromConnectionString(azure.storage.account().connectionString)
      assert.ok(reference.kind === 'connectionString')
      const store = openRecordStore(reference, { transport, clock: systemClock, onSecret: () => undefined })
      return { store, app: `record${++count}` }
    })
  })
})
