import assert from 'node:assert/strict'

import { readCleanupInputs } from '../../../tasks/CleanupTaskHub/CleanupTaskHubV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const cleanup = taskInputs('CleanupTaskHub', readCleanupInputs)

describe('the inputs of CleanupTaskHub', () => {
  it('are the ones that task.json declares, and no others', () =>
    assert.deepEqual(cleanup.namesRead(), cleanup.declared))

  it('mean the documented defaults when only the required ones are given', () => {
    assert.deepEqual(cleanup.wanted(), {
      azureSubscription: 'c1',
      appName: 'shop',
      slotName: 'staging',
      taskHubSetting: 'TaskHubName',
      storageSetting: 'AzureWebJobsStorage',
      taskHubs: [],
      keepLast: 0,
      minimumAgeMs: 0,
      policy: { entityPolicy: 'ignoreIdle', acceptInvisibleMessages: false, ignoreInstances: [] },
      lock: { take: true, keep: false, forMs: 7_200_000, waitMs: 0 },
      dryRun: false,
    })
  })

  it('take hubs one a line, each once', () => {
    const { taskHubs } = cleanup.wanted({ taskHubName: ' shop1 \n\nacct/shop2\r\nSHOP1' })
    assert.deepEqual(
      taskHubs.map(({ name, accountName }) => [accountName, name.toLowerCase()]),
      [
        [undefined, 'shop1'],
        ['acct', 'shop2'],
      ],
    )
  })

  it('take ages and counts', () => {
    const { keepLast, minimumAgeMs } = cleanup.wanted({ keepLast: '2', minimumAgeInHours: '48' })
    assert.deepEqual([keepLast, minimumAgeMs], [2, 172_800_000])
  })

  const bad: [string, Record<string, string>, RegExp][] = [
    ['hubs on one line', { taskHubName: 'shop1,shop2' }, /'taskHubName' is 'shop1,shop2'\. Give a task hub/],
    ['a pattern for hubs', { taskHubName: 'shop*' }, /'taskHubName' is 'shop\*'/],
    ['a negative count', { keepLast: '-1' }, /'keepLast' is '-1'\. Give a whole number from 0 to 1000/],
    ['an age in words', { minimumAgeInHours: '2d' }, /'minimumAgeInHours' is '2d'/],
    ['a dry run that is neither', { dryRun: 'perhaps' }, /'dryRun' is 'perhaps'/],
    [
      'a hub variable that is not set',
      { taskHubName: '$(rotate.previousTaskHubName)' },
      /variable 'rotate\.previousTaskHubName' is not set here/,
    ],
  ]
  for (const [what, inputs, message] of bad) {
    it(`refuse ${what}`, () => assert.match(cleanup.refusal(inputs), message))
  }

  it('tell which of several hubs is wrong', () => {
    const message = cleanup.refusal({ taskHubName: 'shop1\nno-hub\nshop2\nx' })
    assert.match(message, /'no-hub'/)
    assert.match(message, /'x'/)
    assert.doesNotMatch(message, /shop/)
  })
})
