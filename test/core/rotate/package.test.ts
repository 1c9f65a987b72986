import assert from 'node:assert/strict'
import { packageProblem } from '../../../core/rotate/package.ts'

function problem(connectionName: string | undefined, storageSetting: string, hubName = '%TaskHubName%') {
  const storageProvider = connectionName === undefined ? {} : { connectionName }
  const hostJson = JSON.stringify({ version: '2.0', extensions: { durableTask: { hubName, storageProvider } } })
  return packageProblem(hostJson, { taskHubSetting: 'TaskHubName', storageSetting })
}

describe('a package for a rotation', () => {
  const fits: [string, string | undefined, string][] = [
    ['where neither names a connection', undefined, 'AzureWebJobsStorage'],
    ['where both name the same connection', 'OrdersStorage', 'OrdersStorage'],
    ['where only the case differs', 'ordersstorage', 'OrdersStorage'],
    ['where the connection is named without the prefix that the host adds', 'Storage', 'AzureWebJobsStorage'],
    ['where the setting is named without that prefix', 'AzureWebJobsOrders', 'Orders'],
  ]
  for (const [name, connection, setting] of fits) {
    it(`fits ${name}`, () => assert.equal(problem(connection, setting), undefined))
  }

  const refused: [string, string | undefined, string, RegExp][] = [
    [
      'another connection',
      'OrdersStorage',
      'AzureWebJobsStorage',
      /'OrdersStorage'.*Give storageSetting: OrdersStorage\.$/,
    ],
    ['the default connection', undefined, 'OrdersStorage', /'AzureWebJobsStorage'.*storageSetting is 'OrdersStorage'/],
    ['a connection whose name only ends alike', 'MyOrders', 'Orders', /connection 'MyOrders'/],
    ['a connection with a command in its name', '##vso[task.complete]', 'Orders', /^(?!.*##vso\[)/],
  ]
  for (const [what, connection, setting, expected] of refused) {
    it(`is refused with ${what}`, () => assert.match(problem(connection, setting) ?? 'fits', expected))
  }

  it('is refused where its hub does not follow the app setting', () => {
    assert.match(problem(undefined, 'AzureWebJobsStorage', 'Orders') ?? '', /hubName in host\.json is 'Orders'/)
  })
})
