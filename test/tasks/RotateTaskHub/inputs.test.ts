import assert from 'node:assert/strict'

import { readRotateInputs } from '../../../tasks/RotateTaskHub/RotateTaskHubV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const rotate = taskInputs('RotateTaskHub', readRotateInputs, { 'Build.BuildId': '731' })
const nowhere = taskInputs('RotateTaskHub', readRotateInputs)

describe('the inputs of RotateTaskHub', () => {
  it('are the ones that task.json declares, and no others', () => assert.deepEqual(rotate.namesRead(), rotate.declared))

  it('mean the documented defaults when only the required ones are given', () => {
    assert.deepEqual(rotate.wanted(), {
      azureSubscription: 'c1',
      appName: 'shop',
      slotName: 'staging',
      taskHubSetting: 'TaskHubName',
      storageSetting: 'AzureWebJobsStorage',
      taskHub: 'shop731',
      requireIdle: true,
      evidence: 'storage',
      lock: { take: true, keep: true, forMs: 7_200_000, waitMs: 0 },
      dryRun: false,
    })
  })

  it('name the hub after the attempt of the release, not after the build that the release deploys', () => {
    const inRelease = { 'Release.ReleaseId': '12', 'Release.AttemptNumber': '3' }
    assert.equal(rotate.wanted({}, inRelease).taskHub, 'shopR12A3')
  })

  it('cut the app name of a long one, never the id', () => {
    const { taskHub } = rotate.wanted({ appName: 'a'.repeat(60) })
    assert.equal(taskHub, `${'a'.repeat(42)}731`)
  })

  const good: [string, Record<string, string>, Record<string, unknown>][] = [
    ['a typed hub', { taskHubName: 'Orders8' }, { taskHub: 'Orders8' }],
    ['a package', { package: 'drop/app.zip' }, { package: 'drop/app.zip' }],
    ['a busy hub, knowingly', { requireIdle: 'False' }, { requireIdle: false }],
    ['the weaker evidence', { evidence: 'managementApi' }, { evidence: 'managementApi' }],
    ['a dry run', { dryRun: 'TRUE' }, { dryRun: true }],
  ]
  for (const [what, inputs, expected] of good) {
    it(`take ${what}`, () => {
      const wanted: Record<string, unknown> = { ...rotate.wanted(inputs) }
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(wanted[name], value)
    })
  }

  const bad: [string, Record<string, string>, RegExp][] = [
    ['a dry run that is neither', { dryRun: 'perhaps' }, /^Input 'dryRun' is 'perhaps'\. Give 'true' or 'false'\.$/],
    ['a hub name that is too short', { taskHubName: 'ab' }, /'taskHubName' is 'ab'\. Give letters and digits only/],
    ['a hub in another account', { taskHubName: 'acct/hub1' }, /'taskHubName' is 'acct\/hub1'/],
    [
      'the state service',
      { evidence: 'stateService' },
      /'evidence' is 'stateService', and a change rests on what is read right before it/,
    ],
    ['evidence that only the check knows', { evidence: 'statusEndpoint' }, /Give 'storage' or 'managementApi'\./],
    ['a name with an unset variable', { taskHubName: 'shop$(Rev)' }, /variable 'Rev' is not set here/],
  ]
  for (const [what, inputs, message] of bad) {
    it(`refuse ${what}`, () => assert.match(rotate.refusal(inputs), message))
  }

  it('refuse an empty name outside of a build and a release', () => {
    assert.match(
      nowhere.refusal({}),
      /'taskHubName' was not given, and no name can be made .* 'Build\.BuildId' is not set\. Give a name\./,
    )
  })

  it('refuse an empty name in a release whose attempt is not told, where the build id would be used twice', () => {
    assert.match(rotate.refusal({}, { 'Release.ReleaseId': '12' }), /'Release\.AttemptNumber' is not set/)
  })

  it('refuse a run id that no name can be made of', () => {
    assert.match(
      nowhere.refusal({}, { 'Build.BuildId': '7-1' }),
      /'taskHubName' was not given\. No task hub name can be made/,
    )
  })
})
