import assert from 'node:assert/strict'
import { hubSettingOf, isSticky, overrideFormOf, trackingStoreOf } from '../../../core/function-app/hub-setting.ts'

describe('the hub setting of a slot', () => {
  const cases: [string, Record<string, string>, { key: string; value: string | undefined }][] = [
    ['is found by its name', { TaskHubName: 'shop1', Other: 'x' }, { key: 'TaskHubName', value: 'shop1' }],
    [
      'is found in another case and keeps its own spelling',
      { TASKHUBNAME: 'shop1' },
      { key: 'TASKHUBNAME', value: 'shop1' },
    ],
    ['that is missing is told apart from an empty one', { Other: 'x' }, { key: 'TaskHubName', value: undefined }],
    ['may be empty', { TaskHubName: '' }, { key: 'TaskHubName', value: '' }],
    [
      'in two spellings that agree is one value',
      { TaskHubName: 'a1b', taskhubname: 'a1b' },
      { key: 'TaskHubName', value: 'a1b' },
    ],
    [
      'in two spellings that disagree is no hub name',
      { TaskHubName: 'a1b', taskhubname: 'c1d' },
      { key: 'TaskHubName', value: 'a1b or c1d' },
    ],
  ]
  for (const [name, settings, expected] of cases) {
    it(name, () => assert.deepEqual(hubSettingOf(settings, 'TaskHubName'), expected))
  }
})

describe('the form that overrides host.json', () => {
  const cases: [string, string, boolean][] = [
    ['is seen with underscores', 'AzureFunctionsJobHost__extensions__durableTask__hubName', true],
    ['is seen with colons', 'AzureFunctionsJobHost:extensions:durableTask:hubName', true],
    ['is seen in any case', 'AZUREFUNCTIONSJOBHOST__EXTENSIONS__DURABLETASK__HUBNAME', true],
    ['is not another setting of the extension', 'AzureFunctionsJobHost__extensions__durableTask__hubNameX', false],
    ['is not the plain hub setting', 'TaskHubName', false],
    ['is not the same path under another root', 'Other__extensions__durableTask__hubName', false],
  ]
  for (const [name, key, seen] of cases) {
    it(name, () => assert.equal(overrideFormOf({ A: '1', [key]: 'x' }), seen ? key : undefined))
  }
})

describe('a sticky setting', () => {
  it('is found without regard to case', () => assert.equal(isSticky(['taskhubNAME'], 'TaskHubName'), true))
  it('is not one whose name only begins alike', () => assert.equal(isSticky(['TaskHubName2'], 'TaskHubName'), false))
})

describe('a tracking store of its own', () => {
  const key = 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName'

  it('is found through its setting', () =>
    assert.deepEqual(trackingStoreOf({ [key]: ' Tracking ' }), {
      setting: key,
      connectionName: 'Tracking',
      prefix: 'DurableTask',
    }))
  it('is found under its older name', () => {
    const older = 'azurefunctionsjobhost:extensions:durabletask:storageprovider:trackingstoreconnectionstringname'
    assert.deepEqual(trackingStoreOf({ [older]: 'T' }), { setting: older, connectionName: 'T', prefix: 'DurableTask' })
  })
  it('is none where the setting is empty', () => assert.equal(trackingStoreOf({ [key]: '' }), undefined))
  it('is none where no setting says so', () => assert.equal(trackingStoreOf({ AzureWebJobsStorage: 'x' }), undefined))
})
