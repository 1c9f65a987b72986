import assert from 'node:assert/strict'
import { checkHostJson } from '../../../core/function-app/host-json.ts'

const v2 = (durableTask: unknown) => JSON.stringify({ version: '2.0', extensions: { durableTask } })

describe('a host.json fits', () => {
  const fits: [string, string][] = [
    ['with the hub setting in percent signs', v2({ hubName: '%TaskHubName%' })],
    ['with the setting in another case', v2({ hubName: '%taskhubname%' })],
    ['with keys in another case', '{"Version":"2.0","Extensions":{"DurableTask":{"HubName":"%TaskHubName%"}}}'],
    [
      'with comments and trailing commas',
      '// host\n{ "version": "2.0", /* x */ "extensions": {"durableTask": {"hubName": "%TaskHubName%",},}, }',
    ],
    ['with a byte order mark', `\uFEFF${v2({ hubName: '%TaskHubName%' })}`],
    [
      'with slashes and commas inside a text',
      '{"version":"2.0","x":"http://a,}","y":",]","extensions":{"durableTask":{"hubName":"%TaskHubName%"}}}',
    ],
    ['in the form of version 1', JSON.stringify({ durableTask: { HubName: '%TaskHubName%' } })],
  ]
  for (const [name, text] of fits) it(name, () => assert.equal(checkHostJson(text, 'TaskHubName').kind, 'fits'))

  it('and tells its storage connection and tracking store', () => {
    const text = v2({
      hubName: '%TaskHubName%',
      storageProvider: { connectionName: 'DurableStorage', trackingStoreConnectionName: 'Tracking' },
    })
    assert.deepEqual(checkHostJson(text, 'TaskHubName'), {
      kind: 'fits',
      storageConnectionName: 'DurableStorage',
      trackingStoreConnectionName: 'Tracking',
    })
  })

  it('and tells the storage connection of version 1', () => {
    const text = JSON.stringify({ durableTask: { hubName: '%TaskHubName%', azureStorageConnectionStringName: 'Old' } })
    assert.deepEqual(checkHostJson(text, 'TaskHubName'), { kind: 'fits', storageConnectionName: 'Old' })
  })
})

describe('a host.json is refused', () => {
  const refused: [string, string, RegExp][] = [
    ['that is no JSON', '<html>', /not a JSON object.*Correct the file/],
    ['that is a list', '[]', /not a JSON object/],
    ['that is empty', '', /not a JSON object/],
    [
      'without a durableTask section',
      '{"version":"2.0"}',
      /sets no hubName under extensions\.durableTask.*"%TaskHubName%"/,
    ],
    ['without hubName', v2({}), /sets no hubName/],
    ['whose hubName is null', v2({ hubName: null }), /sets no hubName/],
    ['whose hubName is a number', v2({ hubName: 7 }), /'7', which is not a text/],
    [
      'with a fixed hub name',
      v2({ hubName: 'shop' }),
      /is 'shop' and not a setting in '%'.*Write "hubName": "%TaskHubName%"/,
    ],
    ['with a hub name that only contains the setting', v2({ hubName: 'x%TaskHubName%' }), /is 'x%TaskHubName%'/],
    [
      'that names another setting',
      v2({ hubName: '%Hub%' }),
      /names app setting 'Hub', but taskHubSetting is 'TaskHubName'.*Give taskHubSetting: Hub/,
    ],
    [
      'of version 2 that keeps the hub where version 1 had it',
      '{"version":"2.0","durableTask":{"hubName":"%TaskHubName%"}}',
      /sets no hubName under extensions\.durableTask/,
    ],
    [
      'without a version that keeps the hub where version 2 has it',
      '{"extensions":{"durableTask":{"hubName":"%TaskHubName%"}}}',
      /sets no hubName under durableTask/,
    ],
  ]
  for (const [name, text, message] of refused) {
    it(name, () => {
      const answer = checkHostJson(text, 'TaskHubName')
      assert.equal(answer.kind, 'refused')
      assert.match(answer.problem, message)
    })
  }

  it('without letting its text command the agent', () => {
    const answer = checkHostJson(v2({ hubName: '##vso[task.complete]' }), 'TaskHubName')
    assert.equal(answer.kind === 'refused' && answer.problem.includes('##vso['), false)
  })
})
