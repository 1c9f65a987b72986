import assert from 'node:assert/strict'
import type { EvidenceChoice } from '../../../core/check/source.ts'
import { givesNoAccess, onlyOwnHub, sourceOfOwnHub, sourceOfTypedHub } from '../../../core/check/source.ts'
import type { FailureKind } from '../../../core/failures.ts'
import { findHub } from '../../../core/function-app/slot-hub.ts'
import type { Hub } from '../../../core/task-hub/hub.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { HubPart } from '../../../core/task-hub/ports.ts'
import type { AppBuilder } from '../../support/app.ts'
import { app } from '../../support/app.ts'

const keyVault = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)' }
const typed: Hub = {
  account: { name: 'shopdata', id: 'shopdata.core.windows.net' },
  name: 'shop98' as HubName,
}
const queue: HubPart = { kind: 'queue', name: 'shop98-workitems' }
const instances: HubPart = { kind: 'table', name: 'SHOP98Instances' }
const rows: HubPart = { kind: 'rows', table: 'trackedInstances', column: 'TaskHubName' }

type TypedChoice = Exclude<EvidenceChoice, 'stateService'>

function sourceOf(wanted: TypedChoice, parts: readonly HubPart[], built: AppBuilder = app()) {
  const own = findHub(built.view().hubs, 'staging')
  assert.ok(own)
  return sourceOfTypedHub(wanted, { hub: typed, parts: { parts, holdsData: false } }, own)
}

describe('the source that tells of a hub', () => {
  const ownHub: [EvidenceChoice, string][] = [
    ['auto', 'storageElseApp'],
    ['storage', 'storage'],
    ['managementApi', 'managementApi'],
    ['statusEndpoint', 'statusEndpoint'],
    ['stateService', 'stateService'],
  ]
  for (const [wanted, expected] of ownHub) {
    it(`that is the slot’s own is ${expected} for evidence ${wanted}`, () => {
      assert.equal(sourceOfOwnHub(wanted), expected)
    })
  }

  it('that was typed is never the state service, which tells of what a slot runs', () => {
    const own = findHub(app().view().hubs, 'staging')
    assert.ok(own)
    assert.match(
      onlyOwnHub({ name: typed.name }, own),
      /^taskHubName 'shop98' is not the task hub of slot 'staging' \('shop99'\), .* Leave taskHubName empty, or give evidence 'storage'\.$/,
    )
  })

  const typedHub: [string, TypedChoice, HubPart[], string][] = [
    ['storage where the task may choose', 'auto', [queue], 'storage'],
    ['storage where that is asked for', 'storage', [queue], 'storage'],
    ['the status endpoint where that is asked for', 'statusEndpoint', [queue], 'statusEndpoint'],
    ['the app where the hub has its tables', 'managementApi', [queue, instances], 'managementApi'],
    ['the app where the hub has rows in tables of others', 'managementApi', [rows], 'managementApi'],
  ]
  for (const [name, wanted, parts, expected] of typedHub) {
    it(`that was typed is ${name}`, () => assert.equal(sourceOf(wanted, parts), expected))
  }

  const refused: [string, TypedChoice, HubPart[], AppBuilder, RegExp][] = [
    [
      'it does not exist',
      'auto',
      [],
      app(),
      /'shop98' does not exist in storage account 'shopdata'\. Correct taskHubName/,
    ],
    ['it does not exist, whoever is asked', 'statusEndpoint', [], app(), /'shop98' does not exist/],
    [
      'asking the app would create its tables',
      'managementApi',
      [queue],
      app(),
      /has no tables.*Give evidence 'storage'\.$/,
    ],
    [
      'the app uses another account',
      'managementApi',
      [instances],
      app().slot('staging', { account: 'other' }),
      /'shopdata', which slot 'staging' does not use.*Give evidence 'storage'\.$/,
    ],
    [
      'the account of the app is hidden',
      'managementApi',
      [instances],
      app().slot('staging', { settings: keyVault }),
      /'shopdata', which slot 'staging' does not use/,
    ],
  ]
  for (const [why, wanted, parts, built, expected] of refused) {
    it(`that was typed is none where ${why}`, () => {
      const source = sourceOf(wanted, parts, built)

      assert.match(typeof source === 'object' ? source.problem : source, expected)
    })
  }

  const failures: [FailureKind, boolean][] = [
    ['denied', true],
    ['network', true],
    ['notFound', false],
    ['conflict', false],
    ['throttled', false],
    ['rejected', false],
    ['server', false],
    ['timeout', false],
    ['unreadable', false],
  ]
  for (const [kind, expected] of failures) {
    it(`${expected ? 'may be' : 'is not'} the app where storage failed as '${kind}'`, () => {
      assert.equal(givesNoAccess({ kind }), expected)
    })
  }
})
