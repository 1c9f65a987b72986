import assert from 'node:assert/strict'
import { spelledAs, storagesFor, storagesOf, whereHubIs } from '../../../core/function-app/typed-hub.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { HubPart } from '../../../core/task-hub/ports.ts'
import type { AppBuilder } from '../../support/app.ts'
import { app } from '../../support/app.ts'

const keyVault = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)' }
const name = 'shop98' as HubName
const twoAccounts = app().slot('staging', { account: 'stagingdata' })
const allHidden = app().slot('staging', { settings: keyVault }).slot('production', { settings: keyVault })

const accountsFor = (built: AppBuilder, accountName?: string) => {
  const found = storagesFor(accountName === undefined ? { name } : { name, accountName }, built.view())
  return 'problem' in found ? found.problem : found.map(({ storage }) => storage.account.name)
}

describe('the storage accounts in which a typed hub can be', () => {
  const cases: [string, AppBuilder, string | undefined, string[]][] = [
    ['are the one that all slots share, once', app(), undefined, ['shopdata']],
    ['are those of all slots', twoAccounts, undefined, ['shopdata', 'stagingdata']],
    ['are the one that was typed, in whatever case', twoAccounts, 'StagingData', ['stagingdata']],
    ['leave out one that is hidden', app().slot('staging', { settings: keyVault }), undefined, ['shopdata']],
  ]
  for (const [what, built, accountName, expected] of cases) {
    it(what, () => assert.deepEqual(accountsFor(built, accountName), expected))
  }

  it('are each told with the first slot that uses it', () => {
    assert.deepEqual(
      storagesOf(twoAccounts.view().hubs).map(({ slotHub }) => slotHub.slot),
      ['production', 'staging'],
    )
  })

  const refused: [string, AppBuilder, string | undefined, RegExp][] = [
    [
      'every account is hidden',
      allHidden,
      undefined,
      /^The storage account of task hub 'shop98' cannot be told: .*Key Vault/,
    ],
    [
      'there is no slot',
      app().without('staging').without('production'),
      undefined,
      /cannot be told: no slot names one\.$/,
    ],
    [
      'no slot uses the one that was typed',
      twoAccounts,
      'other',
      /^Storage account 'other' of task hub 'shop98' is used by no slot of 'shop', which use 'shopdata', 'stagingdata'\./,
    ],
  ]
  for (const [why, built, accountName, expected] of refused) {
    it(`are none where ${why}`, () => assert.match(String(accountsFor(built, accountName)), expected))
  }
})

describe('where a typed hub is', () => {
  const queue: HubPart = { kind: 'queue', name: 'shop98-workitems' }
  const place = (account: string, parts: HubPart[], obstacle?: string) => ({
    hub: { account: { name: account, id: account }, name },
    parts: { parts, holdsData: false, ...(obstacle === undefined ? {} : { obstacle }) },
  })
  const nothing = place('one', [])
  const there = place('two', [queue])
  const unclear = place('three', [], 'rows without TaskHubName')

  it('is the account that has a part of it', () => assert.equal(whereHubIs({ name }, [nothing, there]), there))
  it('is the account where its parts cannot be told from others', () =>
    assert.equal(whereHubIs({ name }, [nothing, unclear]), unclear))
  it('is the first account where none has it', () => assert.equal(whereHubIs({ name }, [nothing, nothing]), nothing))
  it('is ambiguous in two accounts, which are both named', () =>
    assert.deepEqual(whereHubIs({ name }, [there, nothing, unclear]), {
      problem: "Task hub 'shop98' exists more than once: 'two/shop98' and 'three/shop98'. Write it as account/name.",
    }))
  it('is nowhere when nobody looked', () => assert.ok('problem' in whereHubIs({ name }, [])))
})

describe('the spelling of a typed hub', () => {
  const cases: [string, HubPart[], string][] = [
    [
      'is that of its tables',
      [
        { kind: 'queue', name: 'x' },
        { kind: 'table', name: 'Shop98Instances' },
      ],
      'Shop98',
    ],
    ['is the typed one where it has no table', [{ kind: 'queue', name: 'shop98-workitems' }], 'shop98'],
    ['is the typed one where a table has another name', [{ kind: 'table', name: '98-shop' }], 'shop98'],
    [
      'is the typed one where its rows are in tables of others',
      [{ kind: 'rows', table: 'T', column: 'TaskHubName' }],
      'shop98',
    ],
  ]
  for (const [what, parts, expected] of cases) {
    it(what, () => assert.equal(spelledAs({ parts, holdsData: false }, name), expected))
  }
})
