import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { assertRefused } from './endings.ts'
import type { TaskName } from './scene.ts'
import { Scene } from './scene.ts'

type Inputs = Readonly<Record<string, string>>
type Case = readonly [name: string, inputs: Inputs, ...says: RegExp[]]

const wholeNumber = (input: string, value: string) =>
  new RegExp(
    `^Input '${input}' is '${value.replace('.', '\\.')}'\\. Give a whole number from \\d+ to \\d+, in plain digits\\.$`,
  )

/** Of the inputs that every agent task has. */
const common: readonly Case[] = [
  ['no app', { appName: '' }, /^Input 'appName' is required and was not given\. Give the name of the function app/],
  [
    'a domain for an app',
    { appName: 'shop.azurewebsites.net' },
    /^Input 'appName' is 'shop\.azurewebsites\.net'\. Give /,
  ],
  [
    'a macro that nobody set',
    { appName: '$(App.Name)' },
    /^Input 'appName' holds '\$\(App\.Name\)': variable 'App\.Name' is not/,
  ],
  ['a path for a resource group', { resourceGroupName: 'a/b' }, /^Input 'resourceGroupName' is 'a\/b'\. Give /],
  [
    'a setting in percent signs',
    { taskHubSetting: '%TaskHubName%' },
    /^Input 'taskHubSetting' is '%TaskHubName%'\. Give /,
  ],
  ['a setting with a blank', { storageSetting: 'my storage' }, /^Input 'storageSetting' is 'my storage'\. Give /],
  [
    'an address for a storage account',
    { storageAccountName: 'acct.blob.core.windows.net' },
    /^Input 'storageAccountName' is 'acct\.blob\.core\.windows\.net'\. Give the name of a storage account/,
  ],
  [
    'a connection string that is none',
    { storageConnectionString: 'pass:w0rd-of-nobody' },
    /^Input 'storageConnectionString' is not a storage connection string: .* Copy it from the storage account, Access keys\.$/,
  ],
  [
    'a connection string and an account',
    {
      storageConnectionString: 'DefaultEndpointsProtocol=https;AccountName=stone;AccountKey=c2VjcmV0c2VjcmV0',
      storageAccountName: 'stone',
    },
    /^Input 'storageConnectionString' was given together with input 'storageAccountName' \('stone'\)\. Give only one/,
  ],
  ['no service connection', { azureSubscription: '' }, /^Input 'azureSubscription' is required and was not given/],
  [
    'a service connection that is not there',
    { azureSubscription: 'ghost' },
    /^Service connection 'ghost' has no server URL\. Correct it in Project settings/,
  ],
  [
    'an agent command for an app',
    { appName: '##vso[task.complete result=Succeeded]' },
    /^Input 'appName' is '# #vso\[task\.complete result=Succeeded\]'\. Give /,
  ],
]

const withSlot: readonly Case[] = [
  [
    'a slot with a slash',
    { slotName: 'shop/staging' },
    /^Input 'slotName' is 'shop\/staging'\. Give the name of a slot/,
  ],
  ['a slot from a macro that nobody set', { slotName: '$(slot)' }, /variable 'slot' is not set here\. Set it/],
  [
    'a slot that is not there',
    { slotName: 'blue' },
    /^Function app 'shop' has no slot 'blue'\. It has 'production', 'staging'\. Name one of these\./,
  ],
]

const cases: Readonly<Record<TaskName, readonly Case[]>> = {
  CheckNoRunningOrchestrations: [
    ...withSlot,
    [
      'a hub with a dash',
      { taskHubName: 'no-hub' },
      /^Input 'taskHubName' is 'no-hub'\. Give a task hub \(letters and/,
    ],
    ['a hub of three parts', { taskHubName: 'a/b/c' }, /^Input 'taskHubName' is 'a\/b\/c'\. Give a task hub/],
    [
      'evidence of another kind',
      { evidence: 'magic' },
      /^Input 'evidence' is 'magic'\. Give 'auto', .* or 'stateService'\.$/,
    ],
    ['a timeout below nothing', { timeoutInMinutes: '-1' }, wholeNumber('timeoutInMinutes', '-1')],
    ['a timeout with a fraction', { timeoutInMinutes: '1.5' }, wholeNumber('timeoutInMinutes', '1.5')],
    ['a timeout in powers', { timeoutInMinutes: '1e3' }, wholeNumber('timeoutInMinutes', '1e3')],
    ['a timeout in hexadecimal', { timeoutInMinutes: '0x10' }, wholeNumber('timeoutInMinutes', '0x10')],
    ['a timeout without end', { timeoutInMinutes: '99999999999' }, wholeNumber('timeoutInMinutes', '99999999999')],
    ['a poll without pause', { pollIntervalInSeconds: '0' }, wholeNumber('pollIntervalInSeconds', '0')],
    ['a quiet period of hours', { quietPeriodInSeconds: '9999' }, wholeNumber('quietPeriodInSeconds', '9999')],
    [
      'a policy of another kind',
      { entityPolicy: 'maybe' },
      /^Input 'entityPolicy' is 'maybe'\. Give 'ignoreIdle', 'block' or/,
    ],
    [
      'a truth that is none',
      { acceptInvisibleMessages: 'perhaps' },
      /^Input 'acceptInvisibleMessages' is 'perhaps'\. Give 'true' or 'false'\.$/,
    ],
    [
      'a pattern without its field',
      { ignoreInstances: 'name: Monitor\nMonitor*' },
      /^Input 'ignoreInstances' has the line 'Monitor\*'\. Give one pattern a line/,
    ],
    ['a pattern without a text', { ignoreInstances: 'id:' }, /^Input 'ignoreInstances' has the line 'id:'\./],
    [
      'a status address without its evidence',
      { statusUrl: 'https://shop.example/api/status' },
      /^Input 'statusUrl' goes only with evidence 'statusEndpoint', and evidence is 'auto'\./,
    ],
    [
      'a key without an address',
      { statusKey: 's3cr3t-key' },
      /^Input 'statusKey' was given without input 'statusUrl'\./,
    ],
    [
      'the status evidence without an address',
      { evidence: 'statusEndpoint' },
      /^Input 'statusUrl' is required with evidence 'statusEndpoint'\. Give/,
    ],
    [
      'a status address that is none',
      { evidence: 'statusEndpoint', statusUrl: 'shop/api/status' },
      /^Input 'statusUrl' is 'shop\/api\/status'\. Give an https address\.$/,
    ],
    [
      'a key inside the status address',
      { evidence: 'statusEndpoint', statusUrl: 'https://shop.example/api/status?code=s3cr3t-key' },
      /^Input 'statusUrl' holds a user, a password or a function key/,
    ],
    [
      'a key to be sent in the clear',
      { evidence: 'statusEndpoint', statusUrl: 'http://shop.example/api/status', statusKey: 's3cr3t-key' },
      /^Input 'statusUrl' is 'http:\/\/shop\.example\/api\/status'\. Give an https address\.$/,
    ],
    [
      'a status address in the clear',
      { evidence: 'statusEndpoint', statusUrl: 'http://shop.example/api/status' },
      /^Input 'statusUrl' is 'http:\/\/shop\.example\/api\/status'\. Give an https address\.$/,
    ],
  ],
  RotateTaskHub: [
    ...withSlot,
    [
      'a hub that begins with a digit',
      { taskHubName: '7shop' },
      /^Input 'taskHubName' is '7shop'\. Give letters and digits/,
    ],
    ['a hub of two letters', { taskHubName: 'ab' }, /^Input 'taskHubName' is 'ab'\. Give letters and digits/],
    [
      'a hub of 46 letters',
      { taskHubName: 'x'.repeat(46) },
      /^Input 'taskHubName' is 'x{46}'\. Give letters and digits/,
    ],
    ['a hub with its account', { taskHubName: 'stone/shop8' }, /^Input 'taskHubName' is 'stone\/shop8'\. Give letters/],
    [
      'a hub from a macro',
      { taskHubName: 'shop$(Build.Nothing)' },
      /holds '\$\(Build\.Nothing\)': variable 'Build\.Nothing'/,
    ],
    ['a truth that is none', { requireIdle: 'yes' }, /^Input 'requireIdle' is 'yes'\. Give 'true' or 'false'\.$/],
    [
      'a dry run that might not be one',
      { dryRun: 'perhaps' },
      /^Input 'dryRun' is 'perhaps'\. Give 'true' or 'false'\.$/,
    ],
    [
      'evidence that is no proof',
      { evidence: 'statusEndpoint' },
      /^Input 'evidence' is 'statusEndpoint'\. Give 'storage' or/,
    ],
    [
      'the state service',
      { evidence: 'stateService' },
      /^Input 'evidence' is 'stateService', and a change rests on what is read right before it/,
    ],
    ['a package that is not there', { package: 'nowhere.zip' }, /nowhere\.zip'/],
  ],
  SlotSwap: [
    [
      'one slot twice',
      { sourceSlot: 'production' },
      /^Input 'targetSlot' is 'production', the same slot as input 'sourceSlot'/,
    ],
    [
      'a source that is not there',
      { sourceSlot: 'blue' },
      /^Function app 'shop' has no slot 'blue'\. It has 'production'/,
    ],
    [
      'a target that is not there',
      { targetSlot: 'green' },
      /^Function app 'shop' has no slot 'green'\. It has 'production'/,
    ],
    ['a slot with a blank', { targetSlot: 'my slot' }, /^Input 'targetSlot' is 'my slot'\. Give the name of a slot/],
    [
      'no hub at all',
      { taskHubName: '' },
      /^Input 'taskHubName' was not given and no RotateTaskHub in this job announced one .* Give RotateTaskHub's output/,
    ],
    ['a hub with a dash', { taskHubName: 'no-hub' }, /^Input 'taskHubName' is 'no-hub'\. Give a task hub/],
    [
      'a hub that no slot runs',
      { taskHubName: 'elsewhere' },
      /^Neither slot runs task hub 'elsewhere': 'staging' has 'shopnew', 'production' has 'shopold'\./,
    ],
    ['a truth that is none', { preserveVnet: '1' }, /^Input 'preserveVnet' is '1'\. Give 'true' or 'false'\.$/],
    ['a dry run that might not be one', { dryRun: 'no' }, /^Input 'dryRun' is 'no'\. Give 'true' or 'false'\.$/],
    ['another truth that is none', { rollbackOnFailure: 'si' }, /^Input 'rollbackOnFailure' is 'si'\. Give/],
    [
      'a proof of another kind',
      { requireIdle: 'all' },
      /^Input 'requireIdle' is 'all'\. Give 'none', 'source', 'target' or 'both'/,
    ],
    ['a warm-up path without a slash', { warmUpPath: 'api/warm' }, /^Input 'warmUpPath' is 'api\/warm'\. Give a path/],
    [
      'statuses that end nowhere',
      { warmUpPath: '/', warmUpStatuses: '200-' },
      /^Input 'warmUpStatuses' is '200-': '200-' is not/,
    ],
    ['statuses that run backwards', { healthCheckPath: '/', healthCheckStatuses: '399-200' }, /runs backwards/],
    [
      'statuses without a path',
      { healthCheckStatuses: '200' },
      /^Input 'healthCheckStatuses' is '200', but input 'healthCheckPath'/,
    ],
    ['no time at all', { timeoutInMinutes: '0' }, wholeNumber('timeoutInMinutes', '0')],
    ['settling in words', { settleInSeconds: 'thirty' }, wholeNumber('settleInSeconds', 'thirty')],
    [
      'a sign before a number',
      { healthCheckTimeoutInSeconds: '+5' },
      /^Input 'healthCheckTimeoutInSeconds' is '\+5'\./,
    ],
  ],
  CleanupTaskHub: [
    ...withSlot,
    ['a hub with a star', { taskHubName: 'shop*' }, /^Input 'taskHubName' is 'shop\*'\. Give a task hub/],
    [
      'one bad hub of three',
      { taskHubName: 'shop1\nshop-2\nshop3' },
      /^Input 'taskHubName' is 'shop-2'\. Give a task hub/,
    ],
    ['a number below nothing', { keepLast: '-1' }, wholeNumber('keepLast', '-1')],
    ['an age with a fraction', { minimumAgeInHours: '0.5' }, wholeNumber('minimumAgeInHours', '0.5')],
    ['a policy of another kind', { entityPolicy: 'keep' }, /^Input 'entityPolicy' is 'keep'\. Give/],
    ['a dry run that might not be one', { dryRun: 'maybe' }, /^Input 'dryRun' is 'maybe'\. Give 'true' or 'false'\.$/],
    ['no hub and no record', { taskHubName: '' }, /^taskHubName is empty and there is no deployment record of 'shop'/],
    ['the hub of a slot', { taskHubName: 'shopnew' }, /'shopnew' was not deleted: slot 'staging' of 'shop' uses it/],
  ],
  DrainFunctionApp: [
    ...withSlot,
    ['another action', { action: 'stop' }, /^Input 'action' is 'stop'\. Give 'fence', .* or 'status'\.$/],
    [
      'a slot to swap with that has a slash',
      { targetSlot: 'shop/production' },
      /^Input 'targetSlot' is 'shop\/production'/,
    ],
    ['a path with a key', { appModePath: '/api/mode?code' }, /^Input 'appModePath' is '\/api\/mode\?code'/],
    ['a hold without end', { holdInMinutes: '0' }, wholeNumber('holdInMinutes', '0')],
    ['a quiet period in words', { quietPeriodInSeconds: 'long' }, wholeNumber('quietPeriodInSeconds', 'long')],
    ['no time at all', { timeoutInMinutes: '0' }, wholeNumber('timeoutInMinutes', '0')],
    ['a truth that is none', { includeHttp: 'some' }, /^Input 'includeHttp' is 'some'\. Give 'true' or 'false'\.$/],
  ],
}

const good: Readonly<Record<TaskName, Inputs>> = {
  CheckNoRunningOrchestrations: {},
  RotateTaskHub: { taskHubName: 'fresh7' },
  SlotSwap: { taskHubName: 'shopnew' },
  CleanupTaskHub: { taskHubName: 'retired7' },
  DrainFunctionApp: {},
}

const tasks = Object.keys(good) as TaskName[]

describe('Bad input', () => {
  let scene: Scene
  let app: FunctionApp
  let folder: string
  before(async () => {
    scene = await Scene.start()
    folder = mkdtempSync(join(tmpdir(), 'bad-input-'))
    const throughFront = { AzureWebJobsStorage: (await scene.azure.storage.front()).account().connectionString }
    app = await scene.app({ name: 'shop', settings: { production: throughFront, staging: throughFront } })
    await scene.hub('shopnew')
    for (const resourceGroup of ['east-rg', 'west-rg']) await scene.app({ name: 'twin', resourceGroup })
  })
  beforeEach(() => scene.azure.requests.clear())
  after(async () => {
    await scene.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (task: TaskName, inputs: Inputs, twist: Parameters<Scene['run']>[2] = {}) =>
    scene.run(task, { appName: app.name, ...good[task], ...inputs }, twist)
  const assertNothingChanged = () => {
    assert.deepEqual(scene.azure.requests.all({ effect: true }), [])
    const mutating = scene.azure.requests
      .all({ service: 'arm' })
      .filter(({ method, target }) => method !== 'GET' && !/\/list(keys)?\?/i.test(target))
    assert.deepEqual(mutating, [])
  }

  for (const task of tasks) {
    describe(`of ${task}:`, () => {
      for (const [name, inputs, ...says] of [...common, ...cases[task]]) {
        it(name, async () => {
          const refused = await run(task, inputs)

          assertRefused(refused, ...says)
          assertNothingChanged()
          const said = refused.raw.replace(/^##vso\[task\.setsecret].*$/gm, '')
          assert.doesNotMatch(said, /w0rd-of-nobody|c2VjcmV0c2VjcmV0|s3cr3t-key/)
        })
      }

      it('an app that is not there, and says which there are', async () => {
        const says =
          /^No function app 'shoop' was found in the subscription\. The service connection sees 'shop', 'twin', 'twin'\./
        assertRefused(await run(task, { appName: 'shoop' }), says)
        assertNothingChanged()
      })

      it('an app that is there twice', async () => {
        const says =
          /^Function app 'TWIN' exists in several resource groups: 'east-rg', 'west-rg'\. Give resourceGroupName\.$/
        assertRefused(await run(task, { appName: 'TWIN' }), says)
        assertNothingChanged()
      })

      it('a resource group without the app', async () => {
        const refused = await run(task, { resourceGroupName: 'east-rg' })

        assertRefused(
          refused,
          /^Could not read function app 'shop': .*404 ResourceNotFound/,
          /Correct appName \('shop'\) or resourceGroupName \('east-rg'\)\.$/,
        )
        assertNothingChanged()
      })

      it('a resource group that is not there', async () => {
        assertRefused(
          await run(task, { resourceGroupName: 'no-rg' }),
          /404 ResourceGroupNotFound/,
          /resourceGroupName \('no-rg'\)\.$/,
        )
      })

      it('many at once, all told in one message', async () => {
        const refused = await run(task, {
          appName: 'a.b',
          resourceGroupName: '$(Group)',
          storageSetting: 'a b',
          taskHubSetting: '%X%',
          storageAccountName: 'A',
        })

        const inputs = ['appName', 'resourceGroupName', 'storageSetting', 'taskHubSetting', 'storageAccountName']
        assertRefused(refused, ...inputs.map((input) => new RegExp(`Input '${input}' `)))
        assert.deepEqual(scene.azure.requests.all(), [])
      })
    })
  }

  it('of RotateTaskHub: no name in a run without an id', async () => {
    assertRefused(
      await run('RotateTaskHub', { taskHubName: '' }, { variables: { 'Build.BuildId': '' } }),
      /^Input 'taskHubName' was not given, and no name can be made for this run: variable 'Build\.BuildId' is not set/,
    )
  })

  it('of SlotSwap: an announced hub that is none', async () => {
    assertRefused(
      await run('SlotSwap', { taskHubName: '' }, { variables: { 'DurableSafeDeployment.TaskHubName': 'no-hub' } }),
      /^Input 'taskHubName' was not given, and variable 'DurableSafeDeployment\.TaskHubName' is 'no-hub', which is not/,
    )
  })

  const packages: readonly (readonly [string, string | undefined, RegExp])[] = [
    ['without a host.json', undefined, /host\.json/],
    ['with a broken host.json', '{', /^host\.json is not a JSON object/],
    [
      'with a host.json that names no hub',
      '{"version":"2.0"}',
      /^host\.json sets no hubName under extensions\.durableTask/,
    ],
    [
      'with a fixed hub name',
      '{"version":"2.0","extensions":{"durableTask":{"hubName":"Orders"}}}',
      /^hubName in host\.json is 'Orders' and not a setting in '%'\. Write "hubName": "%TaskHubName%"/,
    ],
    [
      'with the hub name in another setting',
      '{"version":"2.0","extensions":{"durableTask":{"hubName":"%OrdersHub%"}}}',
      /^hubName in host\.json names app setting 'OrdersHub', but taskHubSetting is 'TaskHubName'\. Give taskHubSetting/,
    ],
    [
      'with another storage connection',
      '{"version":"2.0","extensions":{"durableTask":{"hubName":"%TaskHubName%","storageProvider":{"connectionName":"Orders"}}}}',
      /connection 'Orders', but storageSetting is 'AzureWebJobsStorage'\. Give storageSetting: Orders\./,
    ],
  ]
  for (const [name, hostJson, says] of packages) {
    it(`of RotateTaskHub: a package ${name}`, async () => {
      const place = join(folder, name.replaceAll(' ', '-'))
      mkdirSync(place)
      if (hostJson !== undefined) writeFileSync(join(place, 'host.json'), hostJson)

      assertRefused(await run('RotateTaskHub', { package: place }), says)
      assertNothingChanged()
    })
  }
})
