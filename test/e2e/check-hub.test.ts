import assert from 'node:assert/strict'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { atOnce, contentsOf } from './check-scene.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'

describe('CheckNoRunningOrchestrations finds the hub', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ accounts: ['stdurable', 'stother'] })))
  after(async () => await scene.stop())

  const check = (app: FunctionApp, inputs: Readonly<Record<string, string>> = {}) =>
    scene.run('CheckNoRunningOrchestrations', { appName: app.name, ...atOnce, ...inputs })
  const account = (name: string) => scene.azure.storage.account(name).connectionString
  const assertIdle = (run: TaskRun, hub: string) => {
    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    assert.equal(run.outputs['verdict'], 'idle')
    assert.equal(run.outputs['taskHubName'], hub)
  }

  it("of the slot although it was never provisioned, and says so, and doesn't create it", async () => {
    const app = await scene.app()
    const before = await contentsOf(scene)

    const run = await check(app)

    assertIdle(run, `${app.name}new`)
    assert.match(run.message, /'shop\w+new' was never provisioned in storage account 'stdurable'/)
    assert.deepEqual(await contentsOf(scene), before)
  })

  it('of the slot where its own name is typed, never provisioned', async () => {
    const app = await scene.app()

    const run = await check(app, { taskHubName: `${app.name.toUpperCase()}NEW` })

    assertIdle(run, `${app.name}new`)
    assert.match(run.message, /was never provisioned/)
  })

  for (const evidence of ['auto', 'storage', 'managementApi']) {
    it(`that was typed: one that does not exist is refused and not created, with evidence ${evidence}`, async () => {
      const app = await scene.app()
      const before = await contentsOf(scene)
      scene.azure.requests.clear()

      const run = await check(app, { taskHubName: 'nosuchhub', evidence })

      assertRefused(
        run,
        /^Task hub 'nosuchhub' does not exist in storage account 'stdurable'\. Correct taskHubName, or leave it empty/,
      )
      assert.deepEqual(await contentsOf(scene), before)
      assert.deepEqual(scene.azure.requests.all({ path: /hostruntime|durabletask/ }), [])
    })
  }

  it('that was typed and exists, in any case', async () => {
    const app = await scene.app()
    await (await scene.hub('TypedHub7')).running()

    assertRefused(await check(app, { taskHubName: 'typedHUB7' }), /^Task hub 'TypedHub7' is busy: 1 running/)
  })

  it('that was typed, and no hub whose name only begins like it', async () => {
    const app = await scene.app()
    await (await scene.hub('prefixed')).completed(1)
    await (await scene.hub('prefixed2')).running()

    assertIdle(await check(app, { taskHubName: 'prefixed' }), 'prefixed')
  })

  describe('in one of two storage accounts', () => {
    let app: FunctionApp
    before(async () => {
      app = await scene.app({ settings: { production: { AzureWebJobsStorage: account('stother') } } })
      await (await fillHub(account('stdurable'), 'twice')).completed(1)
      await (await fillHub(account('stother'), 'twice')).running()
      await (await fillHub(account('stother'), 'onceonly')).running()
    })

    it('and refuses a name that is in both', async () => {
      assertRefused(
        await check(app, { taskHubName: 'twice' }),
        /^Task hub 'twice' exists more than once: 'st\w+\/twice' and 'st\w+\/twice'\. Write it as account\/name\.$/,
      )
    })

    it('and takes the one that is written as account/name', async () => {
      assertIdle(await check(app, { taskHubName: 'stdurable/twice' }), 'twice')
      assertRefused(await check(app, { taskHubName: 'STOTHER/twice' }), /^Task hub 'twice' is busy: 1 running/)
    })

    it('and finds one that is in the account of the other slot only', async () => {
      assertRefused(await check(app, { taskHubName: 'onceonly' }), /^Task hub 'onceonly' is busy: 1 running/)
    })

    it("and asks no host about a hub that is not in the host's account, for the host would create it", async () => {
      const before = await contentsOf(scene)

      assertRefused(
        await check(app, { taskHubName: 'onceonly', evidence: 'managementApi' }),
        /^Task hub 'onceonly' is in storage account 'stother', which slot 'staging' does not use/,
      )
      assert.deepEqual(await contentsOf(scene), before)
    })

    it('and refuses an account that no slot uses', async () => {
      assertRefused(
        await check(app, { taskHubName: 'stranger/twice' }),
        /^Storage account 'stranger' of task hub 'twice' is used by no slot of 'shop\w+', which use 'st\w+', 'st\w+'\./,
      )
    })
  })

  it('in the account that another setting names', async () => {
    const app = await scene.app({ settings: { staging: { DurableStorage: account('stother') } } })
    await (await fillHub(account('stother'), `${app.name}new`)).suspended()

    assertRefused(await check(app, { storageSetting: 'DurableStorage' }), /is busy: 1 suspended/)
    assert.match((await check(app)).message, /was never provisioned in storage account 'stdurable'/)
  })

  it('that another setting names', async () => {
    const app = await scene.app({ settings: { staging: { OrdersHub: 'ordersByOther' } } })
    await (await scene.hub('ordersByOther')).running()

    assertRefused(await check(app, { taskHubSetting: 'ordershub' }), /^Task hub 'ordersByOther' is busy/)
  })

  it('and refuses a slot without the setting that names it', async () => {
    const app = await scene.app()

    assertRefused(
      await check(app, { taskHubSetting: 'HubOfOrders' }),
      /^App setting 'HubOfOrders' of slot 'staging' is not set\. Set it .* or give taskHubSetting\.$/,
    )
  })

  it('and refuses a setting that holds no hub name', async () => {
    const app = await scene.app({ settings: { staging: { TaskHubName: 'no-hub' } } })

    assertRefused(
      await check(app),
      /^App setting 'TaskHubName' of slot 'staging' has 'no-hub', which is not a task hub name\. Set it /,
    )
  })

  it('and prints no secret where taskHubSetting names the wrong setting', async () => {
    const app = await scene.app()

    const run = await check(app, { taskHubSetting: 'AzureWebJobsStorage' })

    assertRefused(
      run,
      /^App setting 'AzureWebJobsStorage' of slot 'staging' has a text .*that is not a task hub name\./,
    )
    assert.doesNotMatch(run.raw.replace(/^##vso\[task\.setsecret].*$/gm, ''), /AccountName=|AccountKey=/)
  })

  it('and refuses a slot without the storage setting', async () => {
    const app = await scene.app()

    assertRefused(
      await check(app, { storageSetting: 'DurableStorage', evidence: 'storage' }),
      /slot 'staging' has no app setting 'DurableStorage' that names its storage account\. Give storageSetting/,
    )
  })

  it('and refuses a storage setting that is no connection string, without printing it', async () => {
    const app = await scene.app({ settings: { staging: { AzureWebJobsStorage: 'hunter2;hunter2=' } } })

    const run = await check(app, { evidence: 'storage' })

    assertRefused(run, /app setting 'AzureWebJobsStorage' of slot 'staging' names no storage account/)
    assert.doesNotMatch(run.raw, /hunter2/)
  })

  describe('behind a Key Vault reference', () => {
    const reference = '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/storage/)'
    let app: FunctionApp
    before(async () => {
      app = await scene.app({
        settings: { production: { AzureWebJobsStorage: reference }, staging: { AzureWebJobsStorage: reference } },
      })
      await (await scene.hub(`${app.name}new`)).running()
    })

    it('only where the connection string is given', async () => {
      assertRefused(
        await check(app, { evidence: 'storage' }),
        /app setting 'AzureWebJobsStorage' of slot 'staging' does not show its storage account \(it is a Key Vault reference\)\. Give storageConnectionString or storageAccountName\.$/,
      )
      assertRefused(
        await check(app, { evidence: 'storage', storageConnectionString: account('stdurable') }),
        /^Task hub '\w+' is busy: 1 running/,
      )
    })

    it('that was typed, only where the connection string is given', async () => {
      assertRefused(
        await check(app, { taskHubName: 'typed' }),
        /^The storage account of task hub 'typed' cannot be told: .*Key Vault reference/,
      )
      assertRefused(
        await check(app, { taskHubName: 'typed', storageConnectionString: account('stdurable') }),
        /^Task hub 'typed' does not exist in storage account 'stdurable'/,
      )
    })
  })

  it('and refuses a connection string of another account than the slot uses', async () => {
    const app = await scene.app()

    assertRefused(
      await check(app, { storageConnectionString: account('stother') }),
      /^The inputs name storage account 'stother', but slot '\w+' uses 'stdurable'\./,
    )
  })

  it('whose rows are in a tracking store that hubs share', async () => {
    const tracking = {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName: 'Tracking',
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreNamePrefix: 'Shared',
      Tracking: account('stdurable'),
    }
    const app = await scene.app({ settings: { production: tracking, staging: tracking } })
    const own = await fillHub(account('stdurable'), `${app.name}new`, { trackingStorePrefix: 'Shared' })
    const other = await fillHub(account('stdurable'), 'neighbour', { trackingStorePrefix: 'Shared' })
    await own.completed(2)
    await other.running()
    assertIdle(await check(app), `${app.name}new`)

    await own.running()
    assertRefused(await check(app), /is busy: 1 running/)
  })

  it('and refuses a tracking store that the settings do not show', async () => {
    const app = await scene.app({
      settings: {
        staging: {
          AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName: 'Tracking',
        },
      },
    })
    await scene.hub(`${app.name}new`)

    assertRefused(
      await check(app),
      /^The task hub of slot 'staging' cannot be read: '\w+' keeps its instances in the account of 'Tracking', which the settings do not show/,
    )
  })

  it('and does not take it for idle where rows of the shared store name no hub', async () => {
    const tracking = {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName: 'Tracking',
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreNamePrefix: 'Ownerless',
      Tracking: account('stdurable'),
    }
    const app = await scene.app({ settings: { staging: tracking } })
    const options = { trackingStorePrefix: 'Ownerless', taskHubName: false } as const
    await (await fillHub(account('stdurable'), `${app.name}new`, options)).running()

    const run = await check(app)

    assertRefused(run, /is not proven idle: 1 unfinished row of the shared tracking store without TaskHubName/)
    assert.equal(run.outputs['verdict'], 'unknown')
  })
})
