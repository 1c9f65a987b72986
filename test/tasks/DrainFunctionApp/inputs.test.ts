import assert from 'node:assert/strict'

import { readDrainInputs } from '../../../tasks/DrainFunctionApp/DrainFunctionAppV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const drain = taskInputs('DrainFunctionApp', readDrainInputs)

describe('the inputs of DrainFunctionApp', () => {
  it('are the ones that task.json declares, and no others', () => assert.deepEqual(drain.namesRead(), drain.declared))

  it('mean the documented defaults when only the required ones are given', () => {
    assert.deepEqual(drain.wanted(), {
      azureSubscription: 'c1',
      appName: 'shop',
      slotName: 'staging',
      taskHubSetting: 'TaskHubName',
      storageSetting: 'AzureWebJobsStorage',
      action: 'fence',
      targetSlot: 'production',
      includeHttp: false,
      quietMs: 30_000,
      appModePath: '/api/app-mode',
      holdSeconds: 3600,
      timeoutMs: 1_800_000,
      pollMs: 5_000,
      lock: { take: true, keep: false, forMs: 7_200_000, waitMs: 0 },
      dryRun: false,
    })
  })

  it('take each action, without regard to case', () => {
    for (const action of ['fence', 'release', 'signal', 'resume', 'status']) {
      assert.equal(drain.wanted({ action: action.toUpperCase() }).action, action)
    }
  })

  it('take what else there is', () => {
    const wanted = drain.wanted({
      targetSlot: 'beta',
      includeHttp: 'True',
      quietPeriodInSeconds: '0',
      appModePath: '/api/stop',
      appModeKey: 'secret-key',
      holdInMinutes: '1440',
      timeoutInMinutes: '1',
      pollIntervalInSeconds: '1',
    })

    assert.deepEqual(
      [wanted.targetSlot, wanted.includeHttp, wanted.quietMs, wanted.appModePath, wanted.appModeKey],
      ['beta', true, 0, '/api/stop', 'secret-key'],
    )
    assert.deepEqual([wanted.holdSeconds, wanted.timeoutMs, wanted.pollMs], [86_400, 60_000, 1_000])
  })

  const bad: [string, Record<string, string>, RegExp][] = [
    [
      'another action',
      { action: 'stop' },
      /'action' is 'stop'\. Give 'fence', 'release', 'signal', 'resume' or 'status'/,
    ],
    ['a path with a key', { appModePath: '/api/app-mode?code=abc' }, /Give a path that begins with '\/'/],
    ['a path of another host', { appModePath: 'https://example.net/api' }, /Give a path that begins with '\/'/],
    ['a path that names another host', { appModePath: '//example.net/api' }, /Give a path that begins with '\/'/],
    ['no quiet period', { quietPeriodInSeconds: '30 s' }, /'quietPeriodInSeconds' is '30 s'/],
    ['a hold without end', { holdInMinutes: '0' }, /'holdInMinutes' is '0'\. Give a whole number from 1 to 1440/],
    ['a dry run that is neither', { dryRun: 'perhaps' }, /'dryRun' is 'perhaps'/],
  ]
  for (const [what, given, message] of bad) {
    it(`refuse ${what}`, () => assert.match(drain.refusal(given), message))
  }
})
