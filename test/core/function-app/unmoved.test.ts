import assert from 'node:assert/strict'
import { findHub } from '../../../core/function-app/slot-hub.ts'
import { unmoved } from '../../../core/function-app/unmoved.ts'
import { app, connectionTo } from '../../support/app.ts'

function staging(hub: string | undefined) {
  const found = findHub(app().slot('staging', { hub }).view().hubs, 'staging')
  assert.ok(found)
  return found
}

describe('a slot between the look and the change', () => {
  const cases: [string, string | undefined, string | undefined, boolean][] = [
    ['still has its hub', 'shop99', 'shop99', true],
    ['still has its hub in another spelling', 'shop99', 'SHOP99', true],
    ['still has no hub', undefined, undefined, true],
    ['was given another hub', 'shop99', 'shop100', false],
    ['was given a first hub', undefined, 'shop100', false],
    ['lost its hub', 'shop99', undefined, false],
    ['was given a hub that is none', 'shop99', '7shop', false],
  ]
  it('was given one invalid name for another', () => {
    assert.equal(unmoved(staging('8shop'), staging('7shop')), false)
    assert.equal(unmoved(staging('7shop'), staging('7shop')), true)
  })

  const inAccount = (settings: Readonly<Record<string, string>>) => {
    const found = findHub(app().slot('staging', { settings }).view().hubs, 'staging')
    assert.ok(found)
    return found
  }
  const other = inAccount({ AzureWebJobsStorage: connectionTo('other') })
  const hidden = inAccount({ AzureWebJobsStorage: '@Microsoft.KeyVault(x)' })

  it('was given the same name in another account', () => assert.equal(unmoved(other, staging('shop99')), false))

  it('hides an account that it showed before', () => assert.equal(unmoved(hidden, staging('shop99')), false))

  it('hides its account as before', () => assert.equal(unmoved(hidden, hidden), true))

  for (const [name, before, now, expected] of cases) {
    it(name, () => assert.equal(unmoved(staging(now), staging(before)), expected))
  }
})
