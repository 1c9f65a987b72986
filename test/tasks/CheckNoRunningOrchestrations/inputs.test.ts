import assert from 'node:assert/strict'

import { readCheckInputs } from '../../../tasks/CheckNoRunningOrchestrations/CheckNoRunningOrchestrationsV1/inputs.ts'
import { needed, taskInputs } from '../../support/task-inputs.ts'

const check = taskInputs('CheckNoRunningOrchestrations', readCheckInputs)

describe('the inputs of CheckNoRunningOrchestrations', () => {
  it('are the ones that task.json declares, and no others', () => {
    assert.deepEqual(check.namesRead(), check.declared)
  })

  it('mean the documented defaults when only the required ones are given', () => {
    assert.deepEqual(check.wanted(), {
      azureSubscription: 'c1',
      appName: 'shop',
      slotName: 'staging',
      taskHubSetting: 'TaskHubName',
      storageSetting: 'AzureWebJobsStorage',
      evidence: 'auto',
      timeoutMs: 3_600_000,
      pollIntervalMs: 15_000,
      quietPeriodMs: 30_000,
      policy: { entityPolicy: 'ignoreIdle', acceptInvisibleMessages: false, ignoreInstances: [] },
    })
  })

  it('have the same defaults when nothing but the required ones reaches the task', () => {
    const bare = { inputs: needed }
    assert.deepEqual(
      readCheckInputs({ input: (name) => bare.inputs[name], variable: () => undefined, secret: () => undefined }),
      check.wanted(),
    )
  })

  const good: [string, Record<string, string>, Record<string, unknown>][] = [
    ['a typed hub', { taskHubName: 'Orders7' }, { taskHub: { name: 'Orders7' } }],
    [
      'a hub with its account',
      { taskHubName: 'acct1/Orders7' },
      { taskHub: { name: 'Orders7', accountName: 'acct1' } },
    ],
    ['no wait at all', { timeoutInMinutes: '0' }, { timeoutMs: 0 }],
    ['spaces around a number', { timeoutInMinutes: ' 5 ' }, { timeoutMs: 300_000 }],
    ['a choice in other case', { evidence: 'STORAGE' }, { evidence: 'storage' }],
    ['the production slot', { slotName: 'production' }, { slotName: 'production' }],
    ['a resource group', { resourceGroupName: 'rg-shop(1)' }, { resourceGroupName: 'rg-shop(1)' }],
    ['a storage account in capitals', { storageAccountName: 'ShopStore' }, { storageAccountName: 'shopstore' }],
    [
      'a status function on this machine',
      { evidence: 'statusEndpoint', statusUrl: 'http://127.0.0.1:7071/api/StatusCheck' },
      { statusUrl: 'http://127.0.0.1:7071/api/StatusCheck' },
    ],
    [
      'the app’s own status function',
      { evidence: 'statusEndpoint', statusUrl: 'https://shop.example/api/StatusCheck', statusKey: 'k3y' },
      { evidence: 'statusEndpoint', statusUrl: 'https://shop.example/api/StatusCheck', statusKey: 'k3y' },
    ],
  ]
  it('take a state service, and keep its key a secret', () => {
    const inputs = { evidence: 'stateService', stateServiceUrl: 'https://state.example', stateServiceKey: 'k3y' }
    assert.deepEqual(check.wanted(inputs).stateService, { url: 'https://state.example', key: 'k3y' })
    const agent = check.agentWith(inputs, {})
    readCheckInputs(agent)
    assert.deepEqual(agent.secrets, ['k3y'])
  })

  for (const [what, inputs, expected] of good) {
    it(`take ${what}`, () => {
      const wanted: Record<string, unknown> = { ...check.wanted(inputs) }
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(wanted[name], value)
    })
  }

  it('take patterns of instances to ignore, one a line', () => {
    const { policy } = check.wanted({ ignoreInstances: 'name:Monitor*\n\n  id: eternal-1  \r\n' })
    assert.deepEqual(policy.ignoreInstances, [
      { field: 'name', pattern: 'Monitor*' },
      { field: 'id', pattern: 'eternal-1' },
    ])
  })

  const asked = { evidence: 'stateService', stateServiceUrl: 'https://state.example', stateServiceKey: 'k3y' }
  const lines = (count: number, length = 3) =>
    Array.from({ length: count }, (_, at) => `id:${String(at).padStart(length, 'a')}`).join('\n')

  it('take as many patterns as a state service does', () => {
    assert.equal(check.wanted({ ...asked, ignoreInstances: lines(20) }).policy.ignoreInstances.length, 20)
    assert.equal(check.wanted({ ignoreInstances: lines(200, 400) }).policy.ignoreInstances.length, 200)
  })

  const bad: [string, Record<string, string>, RegExp][] = [
    [
      'more patterns than a state service takes',
      { ...asked, ignoreInstances: lines(21) },
      /^Input 'ignoreInstances' has 21 patterns, and a state service takes at most 20\. Give fewer, .* or give evidence 'storage'/,
    ],
    [
      'a pattern that is longer than a state service takes',
      { ...asked, ignoreInstances: lines(1, 301) },
      /^Input 'ignoreInstances' has a pattern of 301 characters, and a state service takes at most 300\./,
    ],
    [
      'patterns that make the address longer than a state service takes',
      { ...asked, ignoreInstances: lines(20, 100) },
      /^Input 'ignoreInstances' makes the address that asks the state service 2\d\d\d characters long, and it takes at most 2048\./,
    ],
    ['no app', { appName: '' }, /^Input 'appName' is required and was not given\. Give the name of the function app/],
    ['no connection', { azureSubscription: '' }, /^Input 'azureSubscription' is required/],
    [
      'an app with its domain',
      { appName: 'shop.azurewebsites.net' },
      /'appName' is 'shop\.azurewebsites\.net'\. Give the name/,
    ],
    ['a path as the app', { appName: '../other' }, /'appName' is '\.\.\/other'/],
    ['a path as the slot', { slotName: 'a/b' }, /'slotName' is 'a\/b'/],
    ['a path as the resource group', { resourceGroupName: 'a/b' }, /'resourceGroupName' is 'a\/b'/],
    [
      'a setting with its percent signs',
      { taskHubSetting: '%TaskHubName%' },
      /'taskHubSetting' is '%TaskHubName%'\. Give .* without '%'/,
    ],
    [
      'a hub name with a dash',
      { taskHubName: 'my-hub' },
      /'taskHubName' is 'my-hub'\. Give a task hub \(letters and digits only/,
    ],
    ['a hub with two slashes', { taskHubName: 'a/b/c' }, /'taskHubName' is 'a\/b\/c'/],
    [
      'a negative timeout',
      { timeoutInMinutes: '-1' },
      /'timeoutInMinutes' is '-1'\. Give a whole number from 0 to 10080/,
    ],
    ['a fraction', { pollIntervalInSeconds: '1.5' }, /'pollIntervalInSeconds' is '1\.5'/],
    ['a hexadecimal number', { timeoutInMinutes: '0x10' }, /'timeoutInMinutes' is '0x10'/],
    ['a number in words', { quietPeriodInSeconds: 'ten' }, /'quietPeriodInSeconds' is 'ten'/],
    ['a number with an exponent', { timeoutInMinutes: '1e1' }, /'timeoutInMinutes' is '1e1'/],
    ['a number out of bounds', { timeoutInMinutes: '10081' }, /'timeoutInMinutes' is '10081'/],
    [
      'a poll without a pause',
      { pollIntervalInSeconds: '0' },
      /'pollIntervalInSeconds' is '0'\. Give a whole number from 1 to 3600/,
    ],
    [
      'an unknown entity policy',
      { entityPolicy: 'skip' },
      /'entityPolicy' is 'skip'\. Give 'ignoreIdle', 'block' or 'ignore'\./,
    ],
    [
      'a boolean that is neither',
      { acceptInvisibleMessages: 'yes' },
      /'acceptInvisibleMessages' is 'yes'\. Give 'true' or 'false'\./,
    ],
    [
      'an unknown evidence',
      { evidence: 'magic' },
      /'evidence' is 'magic'\. Give 'auto', 'storage', 'managementApi', 'statusEndpoint' or 'stateService'\./,
    ],
    [
      'a state service without its URL',
      { evidence: 'stateService' },
      /^Input 'stateServiceUrl' is required with evidence 'stateService'\. Give the address of the state service\.$/,
    ],
    [
      'a state service without its evidence',
      { stateServiceUrl: 'https://state.example', stateServiceKey: 'k3y' },
      /^Input 'stateServiceUrl' goes only with evidence 'stateService', and evidence is 'auto'\. Change one of the two\.$/,
    ],
    [
      'a pattern without its field',
      { ignoreInstances: 'Monitor*' },
      /'ignoreInstances' has the line 'Monitor\*'\. Give one pattern a line/,
    ],
    ['an empty pattern', { ignoreInstances: 'id:' }, /'ignoreInstances' has the line 'id:'/],
    [
      'a status URL without its evidence',
      { statusUrl: 'https://a.example/s' },
      /'statusUrl' goes only with evidence 'statusEndpoint', and evidence is 'auto'/,
    ],
    [
      'a status endpoint without its URL',
      { evidence: 'statusEndpoint' },
      /'statusUrl' is required with evidence 'statusEndpoint'/,
    ],
    ['a status key without its URL', { statusKey: 'k3y' }, /'statusKey' was given without input 'statusUrl'/],
    [
      'a status URL that is none',
      { evidence: 'statusEndpoint', statusUrl: 'shop/status' },
      /'statusUrl' is 'shop\/status'\. Give an https address\./,
    ],
    [
      'a key that would be sent in the clear',
      { evidence: 'statusEndpoint', statusUrl: 'http://shop.example/s', statusKey: 'k3y' },
      /'statusUrl' is 'http:\/\/shop\.example\/s'\. Give an https address\./,
    ],
    [
      'a status URL in the clear, even without a key',
      { evidence: 'statusEndpoint', statusUrl: 'http://shop.example/s' },
      /'statusUrl' is 'http:\/\/shop\.example\/s'\. Give an https address\./,
    ],
    [
      'a status URL of another protocol, without printing the password in it',
      { evidence: 'statusEndpoint', statusUrl: 'ftp://me:passw0rd@shop.example/s' },
      /^(?!.*passw0rd).*'statusUrl' holds a user, a password or a function key/,
    ],
    [
      'an account typed twice',
      { storageConnectionString: 'AccountName=shop;AccountKey=a2V5', storageAccountName: 'shop' },
      /'storageConnectionString' was given together with input 'storageAccountName' \('shop'\)/,
    ],
    [
      'an account with its domain',
      { storageAccountName: 'shop.table.core.windows.net' },
      /'storageAccountName' is 'shop\.table/,
    ],
    [
      'a variable that is not set',
      { appName: '$(AppName)' },
      /'appName' holds '\$\(AppName\)': variable 'AppName' is not set here/,
    ],
    [
      'a secret variable that is not set',
      { evidence: 'statusEndpoint', statusUrl: 'https://a.example', statusKey: '$(Key)' },
      /'statusKey' holds '\$\(Key\)'/,
    ],
  ]
  for (const [what, inputs, message] of bad) {
    it(`refuse ${what}`, () => assert.match(check.refusal(inputs), message))
  }

  it('tell every problem in the one message', () => {
    const message = check.refusal({
      appName: '',
      slotName: 'a/b',
      timeoutInMinutes: 'soon',
      evidence: 'magic',
      entityPolicy: 'x',
    })
    for (const name of ['appName', 'slotName', 'timeoutInMinutes', 'evidence', 'entityPolicy']) {
      assert.equal(message.split(`Input '${name}'`).length, 2, `${name} in: ${message}`)
    }
  })

  it('never show a function key or a connection string in a refusal', () => {
    const message = check.refusal({
      evidence: 'statusEndpoint',
      statusUrl: 'https://a.example/s?code=hush-hush',
      storageConnectionString: 'hush-hush',
    })
    assert.doesNotMatch(message, /hush/)
    assert.match(message, /Give the key in input 'statusKey'/)
    assert.match(message, /'storageConnectionString' is not a storage connection string/)
  })

  it('register secrets, and the key inside a connection string, before they are used', () => {
    const text = 'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=c2VjcmV0a2V5'
    const agent = check.agentWith(
      { evidence: 'statusEndpoint', statusUrl: 'https://a.example/s', statusKey: 'k3y', storageConnectionString: text },
      {},
    )
    readCheckInputs(agent)
    assert.deepEqual(agent.secrets.sort(), [text, 'c2VjcmV0a2V5', 'k3y'].sort())
  })

  it('cannot smuggle a logging command into the message', () => {
    assert.doesNotMatch(check.refusal({ appName: '##vso[task.complete result=Succeeded]' }), /##vso\[/)
  })
})
