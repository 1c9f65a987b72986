import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { strToU8, zipSync } from 'fflate'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { warningsOf } from './endings.ts'
import { assertRotationRefused, recordOf, rotate, writesOf } from './rotate-scene.ts'
import { placeOf, Scene } from './scene.ts'

describe('RotateTaskHub refuses, and writes nothing', () => {
  let scene: Scene
  let folder: string
  before(async () => {
    scene = await Scene.start({ accounts: ['stdurable', 'stother'] })
    folder = mkdtempSync(join(tmpdir(), 'rotate-package-'))
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await scene.stop()
  })

  const other = () => ({ AzureWebJobsStorage: scene.azure.storage.account('stother').connectionString })
  const vault = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)' }

  type Case = {
    readonly app?: () => Partial<NewFunctionApp>
    readonly arrange?: (app: FunctionApp) => unknown
    readonly inputs?: Readonly<Record<string, string>>
    readonly variables?: Readonly<Record<string, string>>
    readonly says: readonly RegExp[]
  }
  const cases: Readonly<Record<string, Case>> = {
    'a hub setting that is a deployment slot setting, however it is spelt': {
      app: () => ({ stickySettings: ['TASKHUBNAME'] }),
      says: [/'TaskHubName'.*is a deployment slot setting/, /Clear 'Deployment slot setting'/],
    },
    'a hub name behind host.json, with underscores': {
      app: () => ({
        settings: { staging: { AzureFunctionsJobHost__extensions__durableTask__hubName: 'x123' } },
      }),
      says: [/'AzureFunctionsJobHost__extensions__durableTask__hubName'/, /"hubName": "%TaskHubName%"/],
    },
    'a hub name behind host.json, with colons, in another slot': {
      app: () => ({ settings: { production: { 'azurefunctionsjobhost:Extensions:durabletask:HUBNAME': 'x123' } } }),
      says: [/slot 'production'/i, /'azurefunctionsjobhost:Extensions:durabletask:HUBNAME'/],
    },
    'a storage setting that is a deployment slot setting while the accounts differ': {
      app: () => ({ stickySettings: ['azurewebjobsstorage'], settings: { staging: other() } }),
      says: [/'AzureWebJobsStorage'.*is a deployment slot setting/, /'stdurable'/, /'stother'/],
    },
    'a storage setting that is sticky while one account is hidden': {
      app: () => ({ stickySettings: ['AzureWebJobsStorage'], settings: { production: vault } }),
      says: [/the storage account of slot 'production' cannot be told/],
    },
    'a hub that production uses on the same account, in another case': {
      app: () => ({ settings: { production: { TaskHubName: 'SharedHub' } } }),
      inputs: { taskHubName: 'sharedhub' },
      says: [/Slot 'production' already uses task hub 'SharedHub' on the same storage account/],
    },
    'a hub that a third slot uses': {
      app: () => ({ slots: ['staging', 'canary'] }),
      arrange: (app) => app.slot('canary').replaceSettings({ ...app.slot().settings, TaskHubName: 'CanaryHub' }),
      inputs: { taskHubName: 'canaryhub' },
      says: [/Slot 'canary' already uses task hub 'CanaryHub'/],
    },
    'its own hub while production has the same one': {
      app: () => ({ name: 'ownhub', settings: { production: { TaskHubName: 'ownhubNEW' } } }),
      inputs: { taskHubName: 'ownhubnew' },
      says: [/Slot 'production' already uses task hub 'ownhubNEW'/],
    },
    'a hub that may be used where the account is hidden': {
      app: () => ({ settings: { production: { ...vault, TaskHubName: 'hiddenhub' } } }),
      inputs: { taskHubName: 'hiddenhub' },
      says: [/Slot 'production' already uses task hub 'hiddenhub' and the storage accounts cannot be told apart/],
    },
    'the default name of the app in a slot': {
      inputs: { taskHubName: 'defaulthubapp' },
      app: () => ({ name: 'default-hub-app' }),
      says: [/'defaulthubapp' is the default name of app 'default-hub-app'/],
    },
    'a hub that holds instances': {
      arrange: async () => await (await scene.hub('heldrows1')).completed(1),
      inputs: { taskHubName: 'HeldRows1' },
      says: [/'HeldRows1' already holds data/],
    },
    'a hub that holds a message': {
      arrange: async () => await (await scene.hub('heldqueue1')).queuedActivity(),
      inputs: { taskHubName: 'heldqueue1' },
      says: [/'heldqueue1' already holds data/],
    },
    'a hub that holds a payload': {
      arrange: async () => {
        const hub = await scene.hub('heldblob1')
        const container = hub.storage.blobs.getContainerClient(hub.names.largeMessages)
        await container.create()
        await container.getBlockBlobClient('a.json.gz').upload('x', 1)
      },
      inputs: { taskHubName: 'heldblob1' },
      says: [/'heldblob1' already holds data/],
    },
    'an account that is hidden': {
      app: () => ({ settings: { staging: vault } }),
      says: [/it is a Key Vault reference/, /storageConnectionString or storageAccountName/],
    },
    'an account that is not set': {
      app: () => ({ settings: { staging: { AzureWebJobsStorage: '' } } }),
      says: [/'AzureWebJobsStorage'/],
    },
    'another account than the settings show': {
      inputs: { storageAccountName: 'stother' },
      says: [/'stother'.*'stdurable'/],
    },
    'a slot that does not exist': {
      inputs: { slotName: 'stage' },
      says: [/has no slot 'stage'/, /'production', 'staging'/],
    },
    'a plan without slots': {
      app: () => ({ sku: 'FlexConsumption', slots: [] }),
      says: [/plan without deployment slots \('FlexConsumption'\)/],
    },
    'a swap with preview that waits': {
      arrange: (app) => (app.slot('staging').targetSwapSlot = 'production'),
      says: [/already being swapped with 'production'/],
    },
    'an app in another resource group': {
      inputs: { resourceGroupName: 'other-rg' },
      says: [/'other-rg'/],
    },
    'an app that is not there': { inputs: { appName: 'nosuchapp' }, says: [/No function app 'nosuchapp'/] },
    'a run without an id': {
      variables: { 'Build.BuildId': '' },
      says: [/'Build.BuildId' is not set/],
    },
    'every bad input in one message': {
      inputs: { dryRun: 'perhaps', evidence: 'stateService', taskHubName: 'my-hub', requireIdle: '1' },
      says: [
        /'dryRun' is 'perhaps'/,
        /'stateService', and a change rests on what is read right before it/,
        /'taskHubName' is 'my-hub'/,
        /'requireIdle' is '1'/,
      ],
    },
    'a name that is too short': { inputs: { taskHubName: 'ab' }, says: [/'ab'.*3 to 45/] },
    'a name that is too long': { inputs: { taskHubName: 'a'.repeat(46) }, says: [/3 to 45/] },
    'a name that starts with a digit': { inputs: { taskHubName: '1abc' }, says: [/starting with a letter/] },
    'a name with another letter': { inputs: { taskHubName: 'Zürich1' }, says: [/letters and digits only/] },
    'evidence of another task': { inputs: { evidence: 'auto' }, says: [/'evidence' is 'auto'.*'managementApi'/] },
  }
  for (const [what, { app: twist, arrange, inputs = {}, variables = {}, says }] of Object.entries(cases)) {
    it(what, async () => {
      const app = await scene.app(twist?.() ?? {})
      await arrange?.(app)
      await assertRotationRefused(scene, app, { inputs, twist: { variables } }, ...says)
    })
  }

  it('a slot whose settings this connection may not list', async () => {
    const app = await scene.app()
    const path = new RegExp(`/sites/${app.name}/slots/staging/config/appsettings/list`)
    const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'No.' } })
    const fault = scene.azure.faults.add({ service: 'arm', path, action: { kind: 'status', status: 403, body } })
    await assertRotationRefused(scene, app, {}, /settings of slot 'staging' cannot be read/, /403 AuthorizationFailed/)
    fault.remove()
  })

  it('a connection that may read but not write', async () => {
    const app = await scene.app()
    const reader = await scene.azure.addServicePrincipal({
      arm: 'none',
      roles: [{ scope: `/subscriptions/${scene.azure.subscriptionId}`, role: 'reader' }],
    })
    const connection = azureRmConnection({
      ...placeOf(scene.azure),
      clientId: reader.clientId,
      secret: reader.secret ?? '',
    })
    await assertRotationRefused(scene, app, { twist: { connections: [connection] } }, /Website Contributor/)
  })

  it('a hub that is busy, with what to do', async () => {
    const app = await scene.app()
    const hub = await scene.hub(`${app.name}new`)
    await hub.running({ instanceId: 'order-7', name: 'ProcessOrder' })
    const inputs = { requireIdle: 'true', taskHubName: 'next1' }
    const says = [/'shop\d+xnew' of slot 'staging' is busy: 1 running/, /'order-7'/, /CheckNoRunningOrchestrations/]
    await assertRotationRefused(scene, app, { inputs }, ...says)

    const forced = await rotate(scene, app, { taskHubName: 'next1' })
    assert.equal(forced.outputs['rotated'], 'true', forced.log)
    assert.equal((await recordOf(scene, app.name))?.audit[0]?.['evidence'], 'none required')
  })

  it('a hub that cannot be judged', async () => {
    const app = await scene.app()
    const hub = await scene.hub(`${app.name}new`)
    await hub.storage.tables.deleteTable(hub.names.instances)
    const inputs = { requireIdle: 'true', taskHubName: 'next2' }
    await assertRotationRefused(scene, app, { inputs }, /is not proven idle: /)
  })

  it('not a hub of the same name in another account, nor one that is empty', async () => {
    const app = await scene.app({ settings: { production: { ...other(), TaskHubName: 'samename1' } } })
    await fillHub(other().AzureWebJobsStorage, 'samename1')
    await scene.hub('samename1')

    const run = await rotate(scene, app, { taskHubName: 'samename1' })

    assert.equal(run.result, 'Succeeded', run.log)
    // The name alone would be ambiguous for whoever is told it.
    assert.equal(run.outputs['taskHubName'], 'stdurable/samename1')
    assert.deepEqual(run.variables, { 'DurableSafeDeployment.TaskHubName': 'stdurable/samename1' })
    const again = await rotate(scene, app, { taskHubName: 'samename1' })
    assert.equal(again.outputs['previousTaskHubName'], `${app.name}new`, again.log)
  })

  it('not a sticky storage setting while all slots use one account', async () => {
    const app = await scene.app({ stickySettings: ['AzureWebJobsStorage'] })
    const run = await rotate(scene, app, { taskHubName: 'oneaccount1' })
    assert.equal(run.result, 'Succeeded', run.log)
  })

  it('hidden storage, but not with evidence managementApi, which says what was not checked', async () => {
    const content = { staging: fileURLToPath(new URL('../../demo/app', import.meta.url)) }
    const settings = { staging: { 'AzureWebJobs.TakeOrders.Disabled': 'true' } }
    const app = await scene.app({ content, settings })
    const slot = app.slot('staging')
    await slot.ready()
    // What the app runs with is the value behind the reference; what ARM shows is the reference.
    slot.replaceSettings({ ...slot.settings, ...vault })
    const inputs = { requireIdle: 'true', taskHubName: 'behind1' }
    await assertRotationRefused(scene, app, { inputs }, /Key Vault reference/)
    const throughApp = { ...inputs, evidence: 'managementApi' }
    await assertRotationRefused(scene, app, { inputs: throughApp }, /deployment lock .* set lock to false/)

    const run = await rotate(scene, app, { ...throughApp, lock: 'false' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(warningsOf(run).join('\n'), /'behind1' already exists could not be checked/)
    assert.match(warningsOf(run).join('\n'), /No deployment record is kept/)
    assert.equal(run.outputs['previousTaskHubName'], `${app.name}new`)
    assert.equal(slot.settings['AzureWebJobsStorage'], vault.AzureWebJobsStorage)
  })

  const hostJson = (hubName: unknown, connectionName?: string) =>
    JSON.stringify({
      version: '2.0',
      extensions: { durableTask: { hubName, ...(connectionName && { storageProvider: { connectionName } }) } },
    })
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  it('a package whose host.json does not name the setting', async () => {
    const app = await scene.app()
    const refused: readonly [string, ...RegExp[]][] = [
      [join(folder, 'missing.zip'), /missing\.zip' does not exist/],
      [file('fixed.json', hostJson('orders7')), /'orders7' and not a setting/],
      [file('other.json', hostJson('%OrdersHub%')), /'OrdersHub', but taskHubSetting is 'TaskHubName'/],
      [file('none.json', '{"version":"2.0"}'), /sets no hubName/],
      [file('broken.json', '{'), /not a JSON object/],
      [file('connection.json', hostJson('%TaskHubName%', 'OrdersStorage')), /Give storageSetting: OrdersStorage/],
      [file('text.zip', 'no zip'), /not a zip/],
      [
        file('nested.zip', zipSync({ 'app/host.json': strToU8(hostJson('%TaskHubName%')) })),
        /no host\.json at its root/,
      ],
      [folder, /has no host\.json/],
      [join(folder, '*.zip'), /matches 2 files/],
      [join(folder, '*.tar'), /matches no file/],
    ]
    for (const [path, ...says] of refused) {
      await assertRotationRefused(scene, app, { inputs: { package: path } }, ...says)
    }
  })

  it('not a package whose host.json fits: zip, folder, file or pattern', async () => {
    const app = await scene.app()
    const text = `// the hub travels with the code\n${hostJson('%taskhubname%')}`
    const place = mkdtempSync(join(folder, 'fits-'))
    writeFileSync(join(place, 'host.json'), text)
    writeFileSync(join(place, 'app.zip'), zipSync({ 'host.json': strToU8(text), 'bin/app.dll': strToU8('x') }))
    const packages = [place, join(place, 'host.json'), join(place, 'app.zip'), join(place, '*.zip')]
    for (const [index, path] of packages.entries()) {
      const run = await rotate(scene, app, { package: path, taskHubName: `fits${index}` })
      assert.equal(run.result, 'Succeeded', run.log)
    }
    assert.equal(writesOf(scene, app), packages.length)
  })
})
