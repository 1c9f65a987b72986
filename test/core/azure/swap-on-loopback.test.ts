import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armFunctionApps } from '../../../core/azure/arm/function-apps.ts'
import { systemClock } from '../../../core/azure/clock.ts'
import { armSlotHosts } from '../../../core/azure/host/slot-hosts.ts'
import { httpClient } from '../../../core/azure/http/client.ts'
import type { Transport } from '../../../core/azure/http/transport.ts'
import { production } from '../../../core/function-app/picture.ts'
import { viewOf } from '../../../core/function-app/view.ts'
import { withoutLock } from '../../../core/record/fence.ts'
import type { SwapTiming } from '../../../core/swap/execute.ts'
import { executeSwap, swapTiming } from '../../../core/swap/execute.ts'
import { parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import { echoHosts } from '../../emulator/support/echo-host.ts'
import { armScope, credentialOf } from '../../emulator/support/sdk.ts'
import { standardNames } from '../../support/app.ts'
import { FakeLog } from '../../support/fake-clock.ts'
import { never, staging } from './scripted-server.ts'

describe('a swap on loopback, by the clock of this machine', function () {
  this.timeout(60_000)
  let azure: Azure
  let content: string
  let transport: Transport
  let count = 0

  before(async () => {
    content = await mkdtemp(join(tmpdir(), 'swap-app-'))
    await writeFile(join(content, 'host.json'), '{"version":"2.0"}')
    azure = await startAzure({ startHost: echoHosts().start, timing: { stepMs: 600, retryAfterSeconds: 15 } })
    transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } }
  })
  after(async () => {
    await azure.stop()
    await rm(content, { recursive: true, force: true })
  })
  afterEach(() => azure.faults.clear())

  async function setUp(timing: Partial<SwapTiming> = {}) {
    const name = `swap${++count}`
    const AzureWebJobsStorage = azure.storage.account().connectionString
    const site = await azure.addFunctionApp({
      name,
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: {
        production: { AzureWebJobsStorage, TaskHubName: 'hubold' },
        staging: { AzureWebJobsStorage, TaskHubName: 'hubnew' },
      },
      content: { production: content, staging: content },
    })
    const app = { resourceGroup: 'rg', name }
    const apps = armFunctionApps({
      armUrl: azure.armUrl,
      subscriptionId: azure.subscriptionId,
      credential: credentialOf(azure, await azure.addServicePrincipal()),
      scope: armScope,
      transport,
      onSecret: () => undefined,
    })
    const taskHub = parseWantedHub('hubnew')
    assert.ok(taskHub)
    const slots = { source: staging, target: production }
    const run = async () =>
      await executeSwap(
        {
          apps,
          hosts: armSlotHosts(apps, httpClient(transport)),
          look: async (signal) => viewOf(await apps.look(app, signal), standardNames),
          clock: systemClock,
          log: new FakeLog(),
          timing: { ...swapTiming, ...timing },
          fence: withoutLock,
        },
        {
          app,
          request: { ...slots, preserveVnet: false },
          aim: { ...slots, taskHub },
          startedAt: new Date(),
          deadline: new Date(Date.now() + 50_000),
        },
        never,
      )
    return { site, run }
  }

  it('is known to be done long before Azure wants to be asked again, fifteen seconds later', async () => {
    const { site, run } = await setUp()

    assert.deepEqual(await run(), { kind: 'done', requests: 1 })

    const ended = Date.parse(site.slot().slotSwapStatus?.timestampUtc ?? '')
    const lag = Date.now() - ended
    assert.ok(lag < 7_500, `${lag} ms`)
  })

  it('is told as half done, with the command that undoes it', async () => {
    azure.timing.retryAfterSeconds = 1
    const { site, run } = await setUp({ pollMs: 200, lookMs: 300 })
    site.swapsLeftHalfDone = 1

    const result = await run()

    assert.ok(result.kind === 'failed' && result.halfDone === true, JSON.stringify(result))
    assert.match(result.problem, /az rest --method post --url ".*\/slots\/staging\/resetSlotConfig\?api-version=/)
  })
})
