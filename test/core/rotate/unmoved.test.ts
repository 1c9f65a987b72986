import assert from 'node:assert/strict'
import { findHub } from '../../../core/function-app/slot-hub.ts'
import { unmoved } from '../../../core/rotate/unmoved.ts'
import { app } from '../../support/app.ts'

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
  for (const [name, before, now, expected] of cases) {
    it(name, () => assert.equal(unmoved(staging(now), staging(before)), expected))
  }
})
