import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { planSwap } from '../../../core/swap/plan.ts'
import { parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { app, type AppBuilder } from '../../support/app.ts'

const keyVault = '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/storage)'

function plan(built: AppBuilder, { hub = 'shop99', source = 'staging', target = 'production' } = {}) {
  const taskHub = parseWantedHub(hub)
  assert.ok(taskHub)
  return planSwap(built.view(), { source: source as SlotName, target: target as SlotName, taskHub })
}

describe('planning a swap', () => {
  it('swaps when the source runs the wanted hub', () => {
    const planned = plan(app())

    assert.ok(
      planned.kind === 'swap' && planned.source.slot.name === 'staging' && planned.target.slot.name === 'production',
    )
  })

  it('has nothing to do when the target runs it already, so that a rerun does not swap back', () => {
    assert.equal(plan(app(), { hub: 'SHOP100' }).kind, 'alreadyDone')
  })

  it('has nothing to do either when what was swapped out has been stopped since', () => {
    const built = app().slot('staging', { hub: 'shop100', state: 'Stopped' }).slot('production', { hub: 'shop99' })
    assert.equal(plan(built).kind, 'alreadyDone')
  })

  it('swaps when production never had a hub', () => {
    assert.equal(plan(app().slot('production', { hub: undefined })).kind, 'swap')
  })

  it('takes account/name where the account is the one meant', () => {
    assert.equal(plan(app(), { hub: 'shopdata/shop99' }).kind, 'swap')
  })

  it('swaps hubs of one name in two accounts when the account is named', () => {
    const built = app().slot('staging', { hub: 'shop100', account: 'stagingdata' })

    assert.equal(plan(built, { hub: 'stagingdata/shop100' }).kind, 'swap')
    assert.equal(plan(built, { hub: 'shopdata/shop100' }).kind, 'alreadyDone')
  })

  it('is not held up by a swap with preview of two other slots', () => {
    const built = app().slot('qa', { hub: 'shop98', targetSwapSlot: 'test' }).slot('test', { hub: 'shop97' })

    assert.equal(plan(built).kind, 'swap')
  })

  it('lets the default hub go to production', () => {
    const built = app().slot('blue', { hub: 'shop' })

    assert.equal(plan(built, { source: 'production', target: 'blue', hub: 'shop100' }).kind, 'swap')
  })

  it('refuses to take a fence along that does not stay with its slot, and swaps where it stays', () => {
    const fence = {
      'AzureWebJobs.Nightly.Disabled': 'true',
      'DurableSafeDeployment.Fenced.Nightly': 'absent',
    }
    const fenced = app().slot('staging', { hub: 'shop99', settings: fence })
    const planned = plan(fenced)

    assert.ok(planned.kind === 'refuse')
    assert.match(
      planned.problem,
      /would disable the function in slot 'production'\. Run DrainFunctionApp with action 'fence'/,
    )
    assert.equal(plan(fenced.sticky(...Object.keys(fence))).kind, 'swap')
    const own = app().slot('staging', { hub: 'shop99', settings: { 'AzureWebJobs.Nightly.Disabled': 'true' } })
    assert.equal(plan(own).kind, 'swap')
  })

  const refusals: [string, AppBuilder, Parameters<typeof plan>[1], RegExp][] = [
    [
      'a source that is stopped',
      app().slot('staging', { hub: 'shop99', state: 'Stopped' }),
      {},
      /'staging' is stopped/,
    ],
    [
      'a default hub in production, which would not start in staging',
      app().slot('production', { hub: 'Shop' }),
      {},
      /'Shop', the default name of app 'shop'.*'staging'/,
    ],
    ['equal slots, in whatever case', app(), { target: 'Staging' }, /Source and target are both slot 'staging'/],
    ['a source that does not exist', app(), { source: 'blue' }, /no slot 'blue'.*'production', 'staging'/],
    ['a target that does not exist', app(), { target: 'blue' }, /no slot 'blue'/],
    ['a plan without slots', app().without('staging').plan('FlexConsumption'), {}, /without deployment slots/],
    [
      'a source that cannot be read',
      app().slot('staging', { unreadable: 'no permission' }),
      {},
      /'staging' cannot be read/,
    ],
    [
      'a target that cannot be read',
      app().slot('production', { unreadable: 'no permission' }),
      {},
      /'production' cannot be read/,
    ],
    [
      'a swap that is pending on the source',
      app().slot('staging', { targetSwapSlot: 'production' }),
      {},
      /already being swapped/,
    ],
    [
      'a swap that is pending on the target',
      app().slot('production', { targetSwapSlot: 'staging' }),
      {},
      /already being swapped/,
    ],
    [
      'a swap with preview of the target with a third slot',
      app().slot('qa', { hub: 'shop98', targetSwapSlot: 'Production' }),
      {},
      /'qa' of 'shop' is already being swapped with 'Production'/,
    ],
    [
      'a name that means a hub of each slot, in two accounts',
      app().slot('staging', { hub: 'shop100', account: 'stagingdata' }),
      { hub: 'shop100' },
      /'stagingdata\/shop100' in slot 'staging' and 'shopdata\/shop100' in slot 'production'/,
    ],
    ['a sticky hub setting', app().sticky('TaskHubName'), {}, /deployment slot setting/],
    [
      'the override form',
      app().slot('staging', { settings: { 'AzureFunctionsJobHost:extensions:durableTask:hubName': 'x' } }),
      {},
      /scale controller/,
    ],
    [
      'a sticky storage setting while the accounts differ',
      app().slot('staging', { account: 'stagingdata' }).sticky('AzureWebJobsStorage'),
      {},
      /different storage accounts/,
    ],
    [
      'one hub in both slots',
      app().slot('staging', { hub: 'Shop100' }),
      { hub: 'shop100' },
      /both use task hub 'Shop100'/,
    ],
    [
      'one hub name in both slots while an account cannot be told',
      app().slot('staging', { hub: 'shop100', settings: { AzureWebJobsStorage: keyVault } }),
      { hub: 'shop100' },
      /both use task hub/,
    ],
    [
      'a hub in neither slot, saying what they have',
      app(),
      { hub: 'shop7' },
      /'staging' has 'shop99', 'production' has 'shop100'/,
    ],
    ['a hub in neither account', app(), { hub: 'otherdata/shop99' }, /'otherdata\/shop99'/],
    [
      'a hub in neither slot where one has none',
      app().slot('staging', { hub: undefined }),
      { hub: 'shop7' },
      /'staging' has no task hub/,
    ],
    [
      'a hub in neither slot where one is not a name',
      app().slot('staging', { hub: '%x%' }),
      { hub: 'shop7' },
      /'%x%', which is not a task hub name/,
    ],
  ]
  for (const [what, built, aim, expected] of refusals) {
    it(`refuses ${what}`, () => {
      const planned = plan(built, aim)

      assert.ok(planned.kind === 'refuse')
      assert.match(planned.problem, expected)
    })
  }
})
