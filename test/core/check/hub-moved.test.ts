import assert from 'node:assert/strict'
import { hubMoved } from '../../../core/check/hub-moved.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { AskedHub } from '../../../core/task-hub/hub.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { AppBuilder } from '../../support/app.ts'
import { app } from '../../support/app.ts'

const keyVault = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)' }
const shop99 = 'shop99' as HubName
const proven: AskedHub = { name: shop99, account: { name: 'shopdata', id: 'shopdata.core.windows.net' } }
const hidden: AskedHub = { name: shop99 }

const moved = (built: AppBuilder, hub = proven) => hubMoved(hub, 'staging' as SlotName, built.view().hubs)

describe('a hub that was proven idle', () => {
  const kept: [string, AppBuilder, AskedHub][] = [
    ['is still the slot’s when nothing changed', app(), proven],
    ['is still the slot’s in another spelling', app().slot('staging', { hub: 'SHOP99' }), proven],
    [
      'is still the slot’s where its account is hidden both times',
      app().slot('staging', { settings: keyVault }),
      hidden,
    ],
  ]
  for (const [name, built, hub] of kept) it(name, () => assert.equal(moved(built, hub), undefined))

  const lost: [string, AppBuilder, AskedHub, RegExp][] = [
    ['another hub', app().slot('staging', { hub: 'shop101' }), proven, /was given another task hub than 'shop99'/],
    [
      'another account',
      app().slot('staging', { account: 'other' }),
      proven,
      /was given another task hub than 'shop99'/,
    ],
    ['no hub at all', app().slot('staging', { hub: undefined }), proven, /was given another task hub than 'shop99'/],
    ['an account that was hidden before', app(), hidden, /was given another task hub than 'shop99'/],
    ['nothing, being gone', app().without('staging'), proven, /was given another task hub than 'shop99'/],
  ]
  for (const [what, built, hub, expected] of lost) {
    it(`is not the slot’s when the slot has ${what}`, () => assert.match(moved(built, hub) ?? '', expected))
  }

  const untold: [string, AppBuilder, RegExp][] = [
    ['its settings cannot be read', app().slot('staging', { unreadable: 'status 403' }), /cannot be told: status 403$/],
    [
      'its account was hidden meanwhile',
      app().slot('staging', { settings: keyVault }),
      /still has it cannot be told: .*Key Vault/,
    ],
  ]
  for (const [why, built, expected] of untold) {
    it(`may not be the slot’s any more where ${why}`, () => assert.match(moved(built) ?? '', expected))
  }
})
