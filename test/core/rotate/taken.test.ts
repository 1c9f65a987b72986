import assert from 'node:assert/strict'
import { findHub } from '../../../core/function-app/slot-hub.ts'
import type { RotateEvidence } from '../../../core/rotate/taken.ts'
import { acceptsUnknown, takenByData, takenByWorker, whereToLook } from '../../../core/rotate/taken.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { HubPart } from '../../../core/task-hub/ports.ts'
import type { AppBuilder } from '../../support/app.ts'
import { app } from '../../support/app.ts'

const queue: HubPart = { kind: 'queue', name: 'shop101-workitems' }
const keyVault = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)' }
const hidden = app().slot('staging', { settings: keyVault })

function where(built: AppBuilder, evidence: RotateEvidence = 'storage') {
  return whereToLook(findHub(built.view().hubs, 'staging'), 'shop101' as HubName, evidence)
}

describe('whether the wanted name is taken', () => {
  it('is looked up in the account of the slot', () => {
    const found = where(app().slot('staging', { account: 'stagingdata' }))

    assert.ok(found.kind === 'look' && found.storage.account.name === 'stagingdata' && found.slotHub.slot === 'staging')
  })

  it('is looked up in the account of the slot with evidence managementApi too', () => {
    assert.equal(where(app(), 'managementApi').kind, 'look')
  })

  it('ends the rotation where the account is hidden', () => {
    const found = where(hidden)

    assert.match(
      found.kind === 'refuse' ? found.problem : '',
      /^Whether task hub 'shop101' already exists cannot be told: /,
    )
  })

  const unknown: [string, AppBuilder, RotateEvidence][] = [
    ['where the account is hidden and evidence managementApi accepts that', hidden, 'managementApi'],
    ['where the slot does not exist, which the plan refuses', app().without('staging'), 'storage'],
    [
      'where the settings cannot be read, which the plan refuses',
      app().slot('staging', { unreadable: '403' }),
      'storage',
    ],
  ]
  for (const [name, built, evidence] of unknown) {
    it(`stays unknown ${name}`, () => assert.equal(where(built, evidence).kind, 'unknown'))
  }

  it('may stay unknown for evidence managementApi alone', () => {
    assert.deepEqual([acceptsUnknown('managementApi'), acceptsUnknown('storage')], [true, false])
  })

  const data: [string, HubPart[], boolean, string][] = [
    ['by nobody where it has no part', [], false, 'absent'],
    ['by a hub that holds data', [queue], true, 'holdsData'],
    ['by no data where its parts are empty', [queue], false, 'noData'],
  ]
  for (const [name, parts, holdsData, expected] of data) {
    it(`is told ${name}`, () => assert.equal(takenByData({ parts, holdsData }), expected))
  }

  it('is told by rows that may be its own', () => {
    assert.equal(takenByData({ parts: [], holdsData: false, obstacle: 'rows without TaskHubName' }), 'holdsData')
  })

  it('is told by a worker that holds a part of it', () => {
    assert.equal(takenByWorker([{ on: 'shop101-control-00', owner: 'w1' }]), 'heldByWorker')
    assert.equal(takenByWorker([]), 'empty')
  })
})
