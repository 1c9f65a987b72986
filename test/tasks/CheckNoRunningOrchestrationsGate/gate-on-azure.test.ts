import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import { fillHub } from '../../../emulator/durable/fill.ts'
import type { FilledHub } from '../../../emulator/durable/fill.ts'
import type { ServicePrincipal } from '../../../emulator/identities.ts'
import { root } from '../../../scripts/packaging/project.ts'
import { armScope, credentialOf } from '../../emulator/support/sdk.ts'
import { runChain } from '../../support/server-task/run-chain.ts'
import type { ChainRun, ChainStep } from '../../support/server-task/run-chain.ts'

const gate = 'tasks/CheckNoRunningOrchestrationsGate/CheckNoRunningOrchestrationsGateV1/task.json'
const steps = (
  JSON.parse(readFileSync(join(root, gate), 'utf8')) as { execution: { HttpRequestChain: { Execute: ChainStep[] } } }
).execution.HttpRequestChain.Execute

/** Every case has an app of its own, with a real host and hub in each of its slots. */
describe('CheckNoRunningOrchestrationsGate, asking Azure on loopback', function () {
  this.timeout(60_000)
  let azure: Azure
  let token: string
  let apps = 0

  before(async () => {
    azure = await startAzure()
    token = await tokenOf(await azure.addServicePrincipal())
  })
  after(() => azure.stop())

  async function tokenOf(principal: ServicePrincipal): Promise<string> {
    return (await credentialOf(azure, principal).getToken(armScope)).token
  }

  /** An app whose staging hub is filled before its host starts on it. */
  async function app(fill: (staging: FilledHub) => Promise<unknown> = () => Promise.resolve()): Promise<string> {
    const name = `orders${++apps}`
    const { connectionString } = azure.storage.account()
    const own = (hub: string) => ({
      AzureWebJobsStorage: connectionString,
      TaskHubName: hub,
      'AzureWebJobs.TakeOrders.Disabled': 'true',
    })
    await fill(await fillHub(connectionString, `${name}staging`))
    const added = await azure.addFunctionApp({
      name,
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: { production: own(`${name}production`), staging: own(`${name}staging`) },
      content: { production: join(root, 'demo/app'), staging: join(root, 'demo/app') },
    })
    for (const slot of added.slots) await slot.host?.ready
    return name
  }

  function ask(appName: string, slotName = 'staging', bearer = token): Promise<ChainRun> {
    const endpoint = { url: azure.armUrl, subscriptionId: azure.subscriptionId, token: bearer, ca: azure.caPem }
    return runChain(steps, { appName, slotName, resourceGroupName: 'rg' }, endpoint)
  }

  it('passes while both slots are idle', async () => {
    const name = await app()

    for (const slot of ['staging', 'production']) {
      const { passed, because } = await ask(name, slot)
      assert.equal(passed, true, because)
    }
  })

  const busy: [string, (staging: FilledHub) => Promise<unknown>][] = [
    ['running', (hub) => hub.running()],
    ['pending', (hub) => hub.pending({ message: false })],
    ['suspended', (hub) => hub.suspended()],
  ]
  for (const [state, fill] of busy) {
    it(`holds while an orchestration of staging is ${state}, and passes for production`, async () => {
      const name = await app(fill)

      assert.equal((await ask(name)).passed, false)
      assert.equal((await ask(name, 'production')).passed, true)
    })
  }

  it('passes while only entities and ended orchestrations are there', async () => {
    const name = await app(async (hub) => {
      await hub.entity('counter', 'total')
      await hub.completed(2)
      await hub.failed()
    })

    const { passed, because } = await ask(name)
    assert.equal(passed, true, because)
  })

  it('holds when a page is empty but more follow', async () => {
    const name = await app()
    const headers = { 'content-type': 'application/json', 'x-ms-continuation-token': 'MTIzNA==' }
    const action = { kind: 'status', status: 200, headers, body: '[]' } as const
    const fault = azure.faults.add({ service: 'arm', path: /durabletask\/instances/, action })

    assert.equal((await ask(name)).passed, false)
    fault.remove()
  })

  it('holds for a slot or an app that does not exist', async () => {
    const name = await app()

    assert.equal((await ask(name, 'preview')).passed, false)
    assert.equal((await ask('nobody')).passed, false)
  })

  it('holds when the slot was never deployed to, so that no host runs Durable Functions', async () => {
    await azure.addFunctionApp({ name: 'bare', resourceGroup: 'rg', slots: ['staging'] })

    assert.equal((await ask('bare')).passed, false)
  })

  it('holds for an identity that may only read', async () => {
    const name = await app()
    const reader = await azure.addServicePrincipal({ arm: 'none' })

    assert.equal((await ask(name, 'staging', await tokenOf(reader))).passed, false)
    assert.equal((await ask(name, 'staging', 'no token at all')).passed, false)
  })
})
