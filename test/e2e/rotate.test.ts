import assert from 'node:assert/strict'
import { warningsOf } from './endings.ts'
import { assertChangesNothing, putRecord, recordOf, rotate, settingsOf, writesOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'

const announced = 'DurableSafeDeployment.TaskHubName'

describe('RotateTaskHub, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  it('gives staging a hub named after the app and the build once its own is idle, and announces both', async () => {
    const app = await scene.app()
    const hub = await scene.hub(`${app.name}new`)
    await hub.completed(3)

    const run = await rotate(scene, app, { requireIdle: 'true' }, { variables: { 'Build.BuildId': '4711' } })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(warningsOf(run), [])
    const taskHubName = `${app.name}4711`
    assert.deepEqual(run.outputs, { taskHubName, previousTaskHubName: `${app.name}new`, rotated: 'true' })
    assert.deepEqual(run.variables, { [announced]: taskHubName })
    assert.equal(run.message, `Slot 'staging' now has task hub '${taskHubName}'; before it had '${app.name}new'.`)
    assert.equal(app.slot('staging').settings['TaskHubName'], taskHubName)
    assert.equal(app.slot().settings['TaskHubName'], `${app.name}old`)
    assert.equal(writesOf(scene, app), 1)
    const [summary] = run.attachments
    assert.match(summary?.text ?? '', new RegExp(`staging \\| TaskHubName \\| ${app.name}new \\| ${taskHubName}`))
    assert.match(summary?.text ?? '', /✅ idle/)
  })

  it('keeps the rotation in the deployment record: run, link, evidence, birth and retirement', async () => {
    const app = await scene.app()
    const variables = {
      'Build.BuildId': '77',
      'Build.BuildNumber': '20260103.7',
      'System.TeamProject': 'Web shop',
      'System.TeamFoundationCollectionUri': 'https://dev.azure.com/local/',
    }
    const before = Date.now()

    assert.equal((await rotate(scene, app, { requireIdle: 'true' }, { variables })).result, 'Succeeded')

    const record = await recordOf(scene, app.name)
    const account = { name: 'stdurable', id: scene.azure.storage.account().tableUrl.replace('http://', '') }
    const [born, retired, ...others] = record?.hubs ?? []
    const { at } = record?.audit[0] ?? {}
    const made = Date.parse(String(at))
    assert.ok(made >= before && made <= Date.now())
    const [next, previous] = [
      { account, name: `${app.name}77` },
      { account, name: `${app.name}new` },
    ]
    assert.deepEqual(others, [])
    assert.deepEqual(born, { hub: next, build: '20260103.7', bornAt: at, previous })
    assert.deepEqual(retired, { hub: previous, retiredAt: at })
    const link = 'https://dev.azure.com/local/Web%20shop/_build/results?buildId=77'
    const id = '00000000-0000-4000-8000-0000000000c0/00000000-0000-4000-8000-0000000000d0/build/77'
    const by = { id, run: '20260103.7', project: 'Web shop', link }
    const [entry, ...more] = record?.audit ?? []
    assert.deepEqual(more, [])
    assert.deepEqual(entry, { at, by, action: 'rotate', taskHub: next.name, evidence: entry?.['evidence'] })
    assert.match(String(entry['evidence']), /^storage: /)
    assert.deepEqual([record?.schema, record?.app], [1, app.name])
  })

  it('names the hub after release and attempt in a release, and says which stage it was', async () => {
    const app = await scene.app()
    const variables = {
      'Release.ReleaseId': '812',
      'Release.AttemptNumber': '3',
      'Release.ReleaseName': 'Release-40',
      'Release.EnvironmentName': 'Production',
      'Release.ReleaseWebURL': 'https://dev.azure.com/local/shop/_release?releaseId=812',
      'Build.BuildId': '4711',
    }

    const run = await rotate(scene, app, {}, { variables })

    assert.equal(run.outputs['taskHubName'], `${app.name}R812A3`)
    const by = (await recordOf(scene, app.name))?.audit[0]?.['by']
    assert.deepEqual(by, {
      id: '00000000-0000-4000-8000-0000000000c0/00000000-0000-4000-8000-0000000000d0/release/812',
      run: 'Release-40, Production, attempt 3',
      project: 'local',
      link: 'https://dev.azure.com/local/shop/_release?releaseId=812',
    })
  })

  const long = 'a-very-long-name-of-a-function-app-in-western-europe-01'
  const names: readonly [string, string, string][] = [
    ['a name with hyphens loses them', 'my-web-shop', 'mywebshop20261'],
    ['a name that starts with a digit gets a t', '7shops', 't7shops20261'],
    ['a long name is cut, the build id is not', long, 'averylongnameofafunctionappinwesterneuro20261'],
  ]
  for (const [what, name, expected] of names) {
    it(`makes a valid hub name: ${what}`, async () => {
      const app = await scene.app({ name, settings: { staging: { TaskHubName: 'plain1' } } })
      const run = await rotate(scene, app, {}, { variables: { 'Build.BuildId': '20261' } })
      assert.equal(run.outputs['taskHubName'], expected, run.log)
      assert.equal(app.slot('staging').settings['TaskHubName'], expected)
    })
  }

  it('takes a typed name of any valid length as it is spelt', async () => {
    const app = await scene.app()
    for (const taskHubName of ['Abc', `${'Q'.repeat(44)}9`]) {
      const run = await rotate(scene, app, { taskHubName })
      assert.equal(run.outputs['taskHubName'], taskHubName, run.log)
      assert.equal(app.slot('staging').settings['TaskHubName'], taskHubName)
    }
  })

  it('keeps every other setting byte for byte, the sticky names, and the spelling of the hub setting', async () => {
    const staging = {
      taskhubNAME: 'keep1old',
      EMPTY: '',
      'Nested__Key:Other': 'Zürich  →  \t"quoted" \\ \n second line',
      WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/x)',
      FUNCTIONS_EXTENSION_VERSION: '~4',
      LONG: 'x'.repeat(9000),
    }
    const app = await scene.app({ name: 'keep1', stickySettings: ['EMPTY', 'Région'] })
    const { AzureWebJobsStorage = '' } = app.slot().settings
    app.slot('staging').replaceSettings({ AzureWebJobsStorage, ...staging })
    const before = settingsOf(app)

    const run = await rotate(scene, app, { taskHubName: 'keep2' })

    assert.equal(run.result, 'Succeeded', run.log)
    const expected = { ...before.slots, staging: { ...before.slots['staging'], taskhubNAME: 'keep2' } }
    assert.deepEqual(settingsOf(app), { slots: expected, sticky: ['EMPTY', 'Région'] })
    assert.deepEqual(Object.keys(app.slot('staging').settings), Object.keys(before.slots['staging'] ?? {}))
  })

  it('writes the setting that taskHubSetting names, in the slot that slotName names', async () => {
    const app = await scene.app({ slots: ['staging', 'canary'], settings: { canary: {} } })
    const storage = app.slot().settings['AzureWebJobsStorage'] ?? ''
    app.slot('canary').replaceSettings({ AzureWebJobsStorage: storage, OrdersHub: 'canary1' })

    const run = await rotate(scene, app, { slotName: 'Canary', taskHubSetting: 'ordershub', taskHubName: 'canary2' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.outputs['previousTaskHubName'], 'canary1')
    assert.deepEqual(app.slot('canary').settings, { AzureWebJobsStorage: storage, OrdersHub: 'canary2' })
    assert.equal(app.slot('staging').settings['TaskHubName'], `${app.name}new`)
  })

  it('gives a slot without a hub its first one, and says what host.json must name', async () => {
    const app = await scene.app()
    app.slot('staging').replaceSettings({
      AzureWebJobsStorage: app.slot().settings['AzureWebJobsStorage'] ?? '',
    })

    const run = await rotate(scene, app, { taskHubName: 'first1', requireIdle: 'true' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(run.outputs, { taskHubName: 'first1', previousTaskHubName: '', rotated: 'true' })
    assert.match(warningsOf(run).join(), /had no app setting 'TaskHubName'.*"hubName": "%TaskHubName%"/)
  })

  it('changes nothing when it is run again, and still announces both hubs', async () => {
    const app = await scene.app()
    const twist = { variables: { 'Build.BuildId': '5' } }
    await rotate(scene, app, {}, twist)

    const again = await assertChangesNothing(scene, app, async () => await rotate(scene, app, {}, twist))

    assert.equal(again.result, 'Succeeded', again.log)
    const names = { taskHubName: `${app.name}5`, previousTaskHubName: `${app.name}new` }
    assert.deepEqual(again.outputs, { ...names, rotated: 'false' })
    assert.deepEqual(again.variables, { [announced]: `${app.name}5` })
    assert.match(again.message, /already has task hub .*nothing was changed/)
    assert.deepEqual(warningsOf(again), [])
  })

  it('finds its record again however the name of the app was typed', async () => {
    const app = await scene.app({ name: 'MixedCase1' })
    const inputs = { appName: 'MIXEDCASE1', resourceGroupName: 'SHOP-RG', taskHubName: 'mixed2' }
    await rotate(scene, app, inputs)

    const again = await rotate(scene, app, { ...inputs, appName: 'mixedcase1' })

    assert.equal(again.outputs['previousTaskHubName'], 'MixedCase1new', again.log)
    assert.equal((await recordOf(scene, 'MixedCase1'))?.audit.length, 1)
  })

  it('enters the retirement that a run which died after the change could not', async () => {
    const app = await scene.app()
    const taskHubName = `${app.name}x2`
    await rotate(scene, app, { taskHubName })
    const record = await recordOf(scene, app.name)
    await putRecord(scene, app.name, JSON.stringify({ ...record, hubs: record?.hubs.slice(0, 1), audit: [] }))

    const again = await rotate(scene, app, { taskHubName })

    assert.equal(again.outputs['previousTaskHubName'], `${app.name}new`)
    const retired = (await recordOf(scene, app.name))?.hubs[1]
    assert.deepEqual(retired?.['hub'], record?.hubs[1]?.['hub'])
    assert.equal(typeof retired?.['retiredAt'], 'string')
  })

  it('only prints the plan in a dry run', async () => {
    const app = await scene.app()
    const run = await assertChangesNothing(
      scene,
      app,
      async () => await rotate(scene, app, { dryRun: 'true', taskHubName: 'dry1' }),
    )
    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.message, /^Dry run: .*'dry1' in place of .*Nothing was changed\.$/)
    assert.deepEqual(run.variables, {})
    assert.deepEqual(run.outputs, { taskHubName: 'dry1', previousTaskHubName: `${app.name}new`, rotated: 'false' })
    assert.match(run.attachments[0]?.text ?? '', /dry run/)
  })
})
