import assert from 'node:assert/strict'
import { accountsIn } from '../../../core/function-app/storage-reference.ts'
import { referencesTo } from '../../../core/retire/references.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { app, connectionTo } from '../../support/app.ts'

const hub = {
  account: { name: 'shopdata', id: accountsIn({ A: connectionTo('shopdata') }, 'core.windows.net').known[0]?.id ?? '' },
  name: 'shop98' as HubName,
}
const keyVault = '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)'
const references = (built: ReturnType<typeof app>) => referencesTo(hub, built.picture(), 'core.windows.net')

describe('who refers to a task hub', () => {
  it('nobody, when no setting has its name', () => {
    assert.deepEqual(references(app()), { found: [], unreadableSlots: [] })
  })

  it('a slot whose hub setting names it, in whatever case', () => {
    assert.deepEqual(references(app().slot('staging', { hub: 'SHOP98' })).found, [
      { app: 'shop', slot: 'staging', setting: 'TaskHubName' },
    ])
  })

  it('an app that calls its hub setting something else', () => {
    const other = app()
      .named('till')
      .slot('production', { hub: undefined, settings: { HubForTills: ' shop98 ' } })

    assert.deepEqual(references(other).found, [{ app: 'till', slot: 'production', setting: 'HubForTills' }])
  })

  it('not an app whose hub of that name lies in another account', () => {
    const other = app().slot('staging', { hub: 'shop98', account: 'tilldata' })

    assert.deepEqual(references(other).found, [])
  })

  it('an app that hides its account', () => {
    const other = app().slot('staging', { hub: 'shop98', settings: { AzureWebJobsStorage: keyVault } })

    assert.equal(references(other).found.length, 1)
  })

  it('an app that reaches the account by identity, under any connection name', () => {
    const other = app().slot('staging', {
      hub: 'shop98',
      account: 'tilldata',
      settings: { Durable__accountName: 'shopdata' },
    })

    assert.equal(references(other).found.length, 1)
  })

  it('production of an app whose default hub has that name', () => {
    assert.deepEqual(references(app().named('shop-98')).found, [
      { app: 'shop-98', slot: 'production', setting: 'the default task hub name' },
    ])
  })

  it('tells which slots could not be read', () => {
    assert.deepEqual(references(app().slot('staging', { unreadable: 'no permission' })).unreadableSlots, [
      { app: 'shop', slot: 'staging', because: 'no permission' },
    ])
  })
})
