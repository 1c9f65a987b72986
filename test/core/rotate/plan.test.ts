import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { RotateSeen } from '../../../core/rotate/plan.ts'
import { planRotation } from '../../../core/rotate/plan.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { app, type AppBuilder } from '../../support/app.ts'

const keyVault = '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)'

type Twist = { readonly hub?: string; readonly slot?: string; readonly wantedHub?: RotateSeen['wantedHub'] }

function plan(built: AppBuilder, { hub = 'shop101', slot = 'staging', wantedHub = 'absent' }: Twist = {}) {
  return planRotation({ ...built.view(), wantedHub }, { slot: slot as SlotName, taskHub: hub as HubName })
}

describe('planning a rotation', () => {
  it('gives the slot the new hub when nothing stands in the way', () => {
    const planned = plan(app())

    assert.ok(planned.kind === 'rotate' && planned.settingKey === 'TaskHubName' && planned.warnings.length === 0)
  })

  it('rotates production too when asked', () => {
    assert.equal(plan(app(), { slot: 'Production' }).kind, 'rotate')
  })

  it('keeps the spelling that the slot uses for the setting', () => {
    const planned = plan(app().slot('staging', { hub: undefined, settings: { taskhubname: 'shop99' } }))

    assert.ok(planned.kind === 'rotate' && planned.settingKey === 'taskhubname')
  })

  it('has nothing to do when the slot has the hub already, in whatever case', () => {
    assert.equal(plan(app(), { hub: 'SHOP99', wantedHub: 'holdsData' }).kind, 'alreadyRotated')
  })

  it('warns when the slot had no hub setting, because host.json must name it', () => {
    const planned = plan(app().slot('staging', { hub: undefined }))

    assert.ok(planned.kind === 'rotate' && planned.warnings.some((text) => text.includes('%TaskHubName%')))
  })

  it('warns when storage could not be asked for the new name', () => {
    const planned = plan(app(), { wantedHub: 'unknown' })

    assert.ok(planned.kind === 'rotate' && planned.warnings.some((text) => text.includes("'shop101'")))
  })

  it('takes an empty hub that was left behind by a run that died', () => {
    assert.equal(plan(app(), { wantedHub: 'empty' }).kind, 'rotate')
  })

  const refusals: [string, AppBuilder, Twist, RegExp][] = [
    [
      'a slot that does not exist, listing those that do',
      app(),
      { slot: 'blue' },
      /no slot 'blue'.*'production', 'staging'/,
    ],
    ['a plan without slots', app().without('staging').plan('FlexConsumption'), {}, /'FlexConsumption'/],
    [
      'a slot whose settings cannot be read',
      app().slot('staging', { unreadable: 'no permission' }),
      {},
      /'staging' cannot be read: no permission/,
    ],
    [
      'a slot that is being swapped',
      app().slot('staging', { targetSwapSlot: 'production' }),
      {},
      /'staging'.*already being swapped with 'production'/,
    ],
    ['a sticky hub setting', app().sticky('TASKHUBNAME'), {}, /'TaskHubName' of 'shop' is a deployment slot setting/],
    [
      'the override form, which the scale controller does not see',
      app().slot('production', { settings: { AzureFunctionsJobHost__extensions__durableTask__hubName: 'x' } }),
      {},
      /'AzureFunctionsJobHost__extensions__durableTask__hubName'/,
    ],
    [
      'a sticky storage setting while the accounts differ',
      app().slot('staging', { account: 'stagingdata' }).sticky('AzureWebJobsStorage'),
      {},
      /different storage accounts \('shopdata', 'stagingdata'\)/,
    ],
    [
      'a sticky storage setting while an account is hidden',
      app()
        .slot('staging', { settings: { AzureWebJobsStorage: keyVault } })
        .sticky('AzureWebJobsStorage'),
      {},
      /the storage account of slot 'staging' cannot be told/,
    ],
    ['the default hub name in a slot', app(), { hub: 'Shop' }, /default name of app 'shop'/],
    [
      'a hub that another slot uses',
      app(),
      { hub: 'Shop100' },
      /Slot 'production' already uses task hub 'shop100' on the same storage account/,
    ],
    [
      'a hub that another slot uses on an account that cannot be told',
      app().slot('production', { settings: { AzureWebJobsStorage: keyVault } }),
      { hub: 'shop100' },
      /cannot be told apart/,
    ],
    [
      'any hub while another slot cannot be read',
      app().slot('blue', { unreadable: 'no permission' }),
      {},
      /Whether slot 'blue' uses task hub 'shop101' cannot be told: no permission/,
    ],
    ['a hub that holds data', app(), { wantedHub: 'holdsData' }, /'shop101' already holds data/],
    ['a hub that a worker holds', app(), { wantedHub: 'heldByWorker' }, /A worker already runs on task hub 'shop101'/],
  ]
  for (const [what, built, aim, expected] of refusals) {
    it(`refuses ${what}`, () => {
      const planned = plan(built, aim)

      assert.ok(planned.kind === 'refuse')
      assert.match(planned.problem, expected)
    })
  }

  it('allows a sticky storage setting while all slots use one account', () => {
    assert.equal(plan(app().sticky('AzureWebJobsStorage')).kind, 'rotate')
  })

  it("allows the name of another slot's hub when that lies in another account", () => {
    assert.equal(plan(app().slot('staging', { account: 'stagingdata' }), { hub: 'shop100' }).kind, 'rotate')
  })

  it('allows the default name in production', () => {
    assert.equal(plan(app(), { slot: 'production', hub: 'shop' }).kind, 'rotate')
  })
})
