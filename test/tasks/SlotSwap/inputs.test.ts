import assert from 'node:assert/strict'

import { readSlotSwapInputs } from '../../../tasks/SlotSwap/SlotSwapV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const announced = 'DurableSafeDeployment.TaskHubName'
const swap = taskInputs('SlotSwap', readSlotSwapInputs, { [announced]: 'shop731' })
const alone = taskInputs('SlotSwap', readSlotSwapInputs)

describe('the inputs of SlotSwap', () => {
  it('are the ones that task.json declares, and no others', () => assert.deepEqual(swap.namesRead(), swap.declared))

  it('mean the documented defaults when only the required ones are given', () => {
    assert.deepEqual(swap.wanted(), {
      azureSubscription: 'c1',
      appName: 'shop',
      taskHubSetting: 'TaskHubName',
      storageSetting: 'AzureWebJobsStorage',
      sourceSlot: 'staging',
      targetSlot: 'production',
      taskHub: { name: 'shop731' },
      preserveVnet: false,
      requireIdle: 'none',
      evidence: 'storage',
      healthCheckTimeoutMs: 120_000,
      failureLimit: { instances: 10, increase: 20 },
      observeMs: 0,
      lock: { take: true, keep: false, forMs: 7_200_000, waitMs: 0 },
      settleMs: 30_000,
      rollbackOnFailure: true,
      timeoutMs: 1_800_000,
      dryRun: false,
    })
  })

  const good: [string, Record<string, string>, Record<string, unknown>][] = [
    ['a typed hub before an announced one', { taskHubName: 'shop732' }, { taskHub: { name: 'shop732' } }],
    ['a hub with its account', { taskHubName: 'acct/shop732' }, { taskHub: { name: 'shop732', accountName: 'acct' } }],
    ['two other slots', { sourceSlot: 'blue', targetSlot: 'green' }, { sourceSlot: 'blue', targetSlot: 'green' }],
    [
      'evidence without a proof asked for',
      { evidence: 'managementApi' },
      { evidence: 'managementApi', requireIdle: 'none' },
    ],
    ['no settling', { settleInSeconds: '0' }, { settleMs: 0 }],
    [
      'another failure share',
      { failureShareInstances: '3', failureShareIncrease: '0' },
      { failureLimit: { instances: 3, increase: 0 } },
    ],
    [
      'a failure share that is only told',
      { failureShareIncrease: '100' },
      { failureLimit: { instances: 10, increase: 100 } },
    ],
    ['no failure share', { failureShareIncrease: 'Off' }, { failureLimit: undefined }],
    ['a time to observe', { observeInSeconds: '600' }, { observeMs: 600_000 }],
    ['no swap back', { rollbackOnFailure: 'false' }, { rollbackOnFailure: false }],
    [
      'a health check',
      { healthCheckPath: '/api/health?full=1', healthCheckStatuses: '200-299,401' },
      {
        healthCheck: {
          path: '/api/health?full=1',
          statuses: [
            { from: 200, to: 299 },
            { from: 401, to: 401 },
          ],
        },
      },
    ],
    ['a warm-up', { warmUpPath: '/' }, { warmUp: { path: '/', statuses: [{ from: 200, to: 399 }] } }],
  ]
  for (const [what, inputs, expected] of good) {
    it(`take ${what}`, () => {
      const wanted: Record<string, unknown> = { ...swap.wanted(inputs) }
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(wanted[name], value)
    })
  }

  const bad: [string, Record<string, string>, RegExp][] = [
    ['equal slots', { sourceSlot: 'Production' }, /'targetSlot' is 'production', the same slot as input 'sourceSlot'/],
    [
      'a path without its slash',
      { healthCheckPath: 'api/health' },
      /'healthCheckPath' is 'api\/health'\. Give a path that begins with '\/'/,
    ],
    ['a whole address as the path', { warmUpPath: 'https://a.example/' }, /'warmUpPath' is 'https:\/\/a\.example\/'/],
    [
      'statuses that are none',
      { healthCheckPath: '/', healthCheckStatuses: '200-' },
      /'healthCheckStatuses' is '200-': '200-' is not a status/,
    ],
    [
      'a range that runs backwards',
      { warmUpPath: '/', warmUpStatuses: '299-200' },
      /'warmUpStatuses' is '299-200': .*backwards/,
    ],
    [
      'statuses without a path',
      { healthCheckStatuses: '200' },
      /'healthCheckStatuses' is '200', but input 'healthCheckPath' was not given/,
    ],
    ['no time at all', { timeoutInMinutes: '0' }, /'timeoutInMinutes' is '0'\. Give a whole number from 1 to 1440/],
    [
      'more than all for a failure share',
      { failureShareIncrease: '101' },
      /'failureShareIncrease' is '101'\. Give 'off' or a whole number from 0 to 100, in plain digits/,
    ],
    [
      'a failure share of no instance',
      { failureShareInstances: '0', failureShareIncrease: 'off' },
      /'failureShareInstances' is '0'\. Give a whole number from 1 to 10000/,
    ],
    ['to observe for a day', { observeInSeconds: '86400' }, /'observeInSeconds' is '86400'\. Give .* from 0 to 3600/],
    [
      'an unknown slot to be idle',
      { requireIdle: 'all' },
      /'requireIdle' is 'all'\. Give 'none', 'source', 'target' or 'both'\./,
    ],
    [
      'the state service',
      { evidence: 'STATESERVICE' },
      /'evidence' is 'stateService', and a change rests on what is read right before it/,
    ],
    ['a boolean that is neither', { preserveVnet: '1' }, /'preserveVnet' is '1'\. Give 'true' or 'false'\./],
    ['a hub name that is none', { taskHubName: '9lives' }, /'taskHubName' is '9lives'/],
  ]
  for (const [what, inputs, message] of bad) {
    it(`refuse ${what}`, () => assert.match(swap.refusal(inputs), message))
  }

  it('refuse a swap without a hub, and say why it is needed', () => {
    assert.match(
      alone.refusal({}),
      /a rerun could not tell a swap to do from one to undo\. Give RotateTaskHub's output 'taskHubName'\./,
    )
  })

  it('refuse an announced hub that is not a hub name', () => {
    assert.match(
      alone.refusal({}, { [announced]: 'my hub' }),
      /variable 'DurableSafeDeployment\.TaskHubName' is 'my hub', which is not a task hub/,
    )
  })
})
