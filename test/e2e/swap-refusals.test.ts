import assert from 'node:assert/strict'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import { assertRefused } from './endings.ts'
import { Scene } from './scene.ts'
import { SwapApp } from './swap-scene.ts'

type Refused = {
  readonly name: string
  readonly app?: (scene: Scene) => Partial<NewFunctionApp>
  readonly arrange?: (shop: SwapApp) => unknown
  readonly inputs?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly says: readonly RegExp[]
}

const announced = 'DurableSafeDeployment.TaskHubName'
const onBoth = (settings: Record<string, string>) => ({ settings: { production: settings, staging: settings } })
const stagingIn = (scene: Scene, account: string) => ({
  AzureWebJobsStorage: scene.azure.storage.account(account).connectionString,
})

/** What the portal's "Perform swap with preview" does first. */
async function prepare(shop: SwapApp, source: string, target: string): Promise<void> {
  shop.app.slot(source).targetSwapSlot = target
  await shop.app.slot(source).ready()
}

const refused: readonly Refused[] = [
  {
    name: 'no task hub, where none was announced either',
    inputs: { taskHubName: '' },
    says: [
      /'taskHubName' was not given/,
      /variable 'DurableSafeDeployment\.TaskHubName'/,
      /a swap to do from one to undo/,
    ],
  },
  {
    name: 'an announced task hub that is none',
    inputs: { taskHubName: '' },
    variables: { [announced]: 'no-hub!' },
    says: [/DurableSafeDeployment\.TaskHubName' is 'no-hub!'/],
  },
  { name: 'a task hub name that is none', inputs: { taskHubName: '1hub' }, says: [/'taskHubName' is '1hub'/] },
  {
    name: 'a task hub that neither slot runs',
    inputs: { taskHubName: 'elsewhere' },
    says: [/^Neither slot runs task hub 'elsewhere': 'staging' has 'shop\d+xnew', 'production' has 'shop\d+xold'\./],
  },
  {
    name: 'the right name in another account',
    arrange: () => undefined,
    inputs: { taskHubName: 'stother/shopinother' },
    app: () => ({ settings: { staging: { TaskHubName: 'shopinother' } } }),
    says: [/^Neither slot runs task hub 'stother\/shopinother'/],
  },
  {
    name: 'equal slots',
    inputs: { sourceSlot: 'production', targetSlot: 'Production' },
    says: [/'targetSlot' is 'Production', the same slot as input 'sourceSlot'/],
  },
  {
    name: 'a source that does not exist',
    inputs: { sourceSlot: 'qa' },
    says: [/has no slot 'qa'\. It has 'production', 'staging'/],
  },
  { name: 'a target that does not exist', inputs: { targetSlot: 'live' }, says: [/has no slot 'live'/] },
  { name: 'an app that does not exist', inputs: { appName: 'nowhere' }, says: [/'nowhere'/] },
  {
    name: 'a sticky task hub setting',
    app: () => ({ stickySettings: ['TASKHUBNAME'] }),
    says: [/'TaskHubName' of '.+' is a deployment slot setting/, /Clear 'Deployment slot setting'/],
  },
  {
    name: 'a task hub set behind the back of host.json in staging',
    app: () => ({ settings: { staging: { AzureFunctionsJobHost__extensions__durableTask__hubName: 'x' } } }),
    says: [
      /^Slot 'staging' of '.+' sets its task hub through 'AzureFunctionsJobHost__extensions__durableTask__hubName'/,
    ],
  },
  {
    name: 'a task hub set behind the back of host.json in production',
    app: () => ({ settings: { production: { 'AzureFunctionsJobHost:extensions:durableTask:HubName': 'x' } } }),
    says: [/^Slot 'production' of /],
  },
  {
    name: 'a sticky storage setting while the accounts differ',
    app: (scene) => ({ stickySettings: ['AzureWebJobsStorage'], settings: { staging: stagingIn(scene, 'stother') } }),
    says: [
      /'AzureWebJobsStorage' of '.+' is a deployment slot setting and the slots use different storage accounts \('stother', 'stdurable'\)/,
    ],
  },
  {
    name: 'a sticky storage setting while one account cannot be told',
    app: () => ({
      stickySettings: ['AzureWebJobsStorage'],
      settings: { staging: { AzureWebJobsStorage: '@Microsoft.KeyVault(VaultName=v;SecretName=s)' } },
    }),
    says: [/is a deployment slot setting and the storage account of slot 'staging' cannot be told/],
  },
  {
    name: 'one task hub in both slots',
    app: () => onBoth({ TaskHubName: 'samehub' }),
    inputs: { taskHubName: 'samehub' },
    says: [/^Slot 'staging' and slot 'production' both use task hub 'samehub'\. Run RotateTaskHub on 'staging'/],
  },
  {
    name: 'one task hub in both slots, written differently',
    app: () => ({ settings: { production: { TaskHubName: 'samehub' }, staging: { TaskHubName: 'SameHub' } } }),
    inputs: { taskHubName: 'samehub' },
    says: [/both use task hub/],
  },
  {
    name: 'a name that means a hub of each slot, in two accounts',
    app: (scene) => ({
      settings: {
        production: { TaskHubName: 'samehub' },
        staging: { TaskHubName: 'samehub', ...stagingIn(scene, 'stother') },
      },
    }),
    inputs: { taskHubName: 'samehub' },
    says: [/'samehub'/, /'stother\/samehub'/, /'stdurable\/samehub'/],
  },
  {
    name: 'a swap with preview that is pending on the source',
    arrange: (shop) => prepare(shop, 'staging', 'production'),
    says: [/^Slot 'staging' of '.+' is already being swapped with 'production'\. Complete or cancel that swap/],
  },
  {
    name: 'a swap with preview that is pending on the target',
    arrange: (shop) => prepare(shop, 'production', 'staging'),
    says: [/^Slot 'production' of '.+' is already being swapped with 'staging'/],
  },
  {
    name: 'a swap with preview of the target with a third slot',
    app: () => ({ slots: ['staging', 'qa'] }),
    arrange: (shop) => prepare(shop, 'qa', 'production'),
    says: [/^Slot 'qa' of '.+' is already being swapped with 'production'/],
  },
  {
    name: 'a pending swap with preview even where the target runs the hub',
    arrange: (shop) => prepare(shop, 'staging', 'production'),
    inputs: { taskHubName: '' },
    variables: { [announced]: 'x' },
    says: [/'x'/],
  },
  {
    name: 'settings that the connection may not read',
    arrange: (shop) =>
      shop.fault('/slots/staging/config/appsettings/list', {
        action: {
          kind: 'status',
          status: 403,
          body: '{"error":{"code":"AuthorizationFailed","message":"The client has no authorization."}}',
        },
      }),
    says: [/app settings of slot 'staging' cannot be read/, /AuthorizationFailed/, /Website Contributor/],
  },
  {
    name: 'settings that come as a sign-in page',
    arrange: (shop) => shop.fault('/config/appsettings/list', { action: { kind: 'html' } }),
    says: [/app settings of '?.*cannot be read|an HTML page/, /HTML page/],
  },
]

describe('SlotSwap refuses, and nothing is changed,', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ accounts: ['stdurable', 'stother'] })))
  after(async () => await scene.stop())

  for (const { name, app, arrange, inputs = {}, variables = {}, says } of refused) {
    it(name, async () => {
      const shop = await SwapApp.start(scene, app?.(scene))
      await arrange?.(shop)
      const before = shop.app.slots.map((slot) => slot.settings)
      scene.azure.requests.clear()

      const run = await shop.swap(inputs, { variables })

      assertRefused(run, ...says)
      assert.equal(shop.requests(), 0)
      assert.equal(shop.swaps(), 0)
      assert.deepEqual(
        shop.app.slots.map((slot) => slot.settings),
        before,
      )
      assert.deepEqual(scene.azure.requests.all({ effect: true }), [])
      assert.deepEqual(run.outputs, {})
    })
  }

  it('an app on Flex Consumption', async () => {
    const app = await scene.app({ sku: 'FlexConsumption', slots: [] })

    const run = await scene.run('SlotSwap', { appName: app.name, taskHubName: `${app.name}new` })

    assertRefused(run, /runs on a plan without deployment slots \('FlexConsumption'\)/, /orchestration versioning/)
  })

  it('nothing where one name in two accounts is given with its account', async () => {
    const settings = {
      production: { TaskHubName: 'samehub' },
      staging: { TaskHubName: 'samehub', ...stagingIn(scene, 'stother') },
    }
    const shop = await SwapApp.start(scene, { settings })

    const run = await shop.swap({ taskHubName: 'stother/samehub' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(shop.swaps(), 1)
    assert.equal(
      shop.app.slot().settings['AzureWebJobsStorage'],
      scene.azure.storage.account('stother').connectionString,
    )
  })
})
