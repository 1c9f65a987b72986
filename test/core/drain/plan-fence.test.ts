import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { FencePlan } from '../../../core/drain/plan-fence.ts'
import { fencedSettings, planFence } from '../../../core/drain/plan-fence.ts'
import { planRelease, releasedSettings } from '../../../core/drain/plan-release.ts'
import type { Settings, SlotName } from '../../../core/function-app/picture.ts'
import { app } from '../../support/app.ts'
import { seen, timerOnly } from './plan-scene.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const underscored = 'AzureWebJobs_Nightly_Disabled'
const journal = 'DurableSafeDeployment.Fenced.Nightly'
const mark = `DurableSafeDeployment.FencedSticky.${nightly}`
const closed = { includeHttp: false }

function states(plan: FencePlan): Readonly<Record<string, string>> {
  assert.ok(plan.kind === 'fence', problem(plan))
  return Object.fromEntries(plan.starters.map(({ name, state }) => [name, state]))
}

function problem(plan: FencePlan): string {
  return plan.kind === 'refuse' ? plan.problem : ''
}

const withSetting = (settings: Settings, slot = 'staging') => app().slot(slot, { settings })

describe('the plan of a fence', () => {
  it('fences each starter once, wherever it is, and no durable function', () => {
    const staging = {
      Nightly: 'timerTrigger',
      Order: 'orchestrationTrigger',
      Pay: 'ActivityTrigger',
      Sum: 'entityTrigger',
    }
    const production = { nightly: 'timerTrigger', OnOrder: 'serviceBusTrigger' }

    const plan = planFence(seen(app(), staging, { production }), closed)

    assert.deepEqual(states(plan), { Nightly: 'toFence', OnOrder: 'toFence' })
    assert.ok(plan.kind === 'fence')
    assert.deepEqual(plan.starters[0]?.slots, ['staging', 'production'])
    assert.deepEqual(plan.addSticky.slice(0, 3), [nightly, mark, journal])
  })

  it('has nothing to do where nothing starts work', () => {
    const plan = planFence(seen(app(), { Pay: 'activityTrigger' }), closed)

    assert.deepEqual([states(plan), plan.kind === 'fence' && plan.addSticky], [{}, []])
  })

  it('warns where the other slot lists no functions', () => {
    const plan = planFence(seen(app(), timerOnly, { production: {} }), closed)

    assert.match(plan.kind === 'fence' ? plan.warnings.join(' ') : '', /Slot 'production' has no functions/)
  })

  describe('takes a setting as the host does:', () => {
    const values = [
      ['true', 'byOthers'],
      ['True', 'byOthers'],
      ['1', 'byOthers'],
      ['false', 'toFence'],
      ['0', 'toFence'],
      ['', 'toFence'],
      ['yes', 'toFence'],
      [' true', 'toFence'],
    ] as const
    for (const [value, state] of values) {
      it(`'${value}' of a deployment slot setting is ${state}`, () => {
        for (const key of [nightly, underscored, nightly.toUpperCase()]) {
          const builder = withSetting({ [key]: value }).sticky(key.toLowerCase())
          assert.deepEqual(states(planFence(seen(builder), closed)), { Nightly: state }, key)
        }
      })
    }
  })

  it("uses the slot's own spelling", () => {
    const plan = planFence(seen(withSetting({ [underscored]: 'false' })), closed)

    assert.ok(plan.kind === 'fence')
    assert.equal(plan.starters[0]?.setting, underscored)
    assert.equal(plan.addSticky[0], underscored)
  })

  it('leaves HTTP functions open, but for those that a fence took before', () => {
    const http = { Start: 'httpTrigger', Hook: 'HttpTrigger' }
    const settings = { 'AzureWebJobs.Hook.Disabled': 'true', 'DurableSafeDeployment.Fenced.Hook': 'absent' }
    const builder = withSetting(settings).sticky(...Object.keys(settings))

    assert.deepEqual(states(planFence(seen(builder, http), closed)), { Start: 'open', Hook: 'fenced' })
    assert.deepEqual(states(planFence(seen(builder, http), { includeHttp: true })), {
      Start: 'toFence',
      Hook: 'fenced',
    })
  })

  it('makes the names of its own settings stay again where they do not any more', () => {
    const plan = planFence(seen(withSetting({ [nightly]: 'true', [journal]: 'absent' })), closed)

    assert.deepEqual(states(plan), { Nightly: 'fenced' })
    assert.deepEqual(plan.kind === 'fence' && plan.addSticky, [nightly, mark, journal])
  })

  it('fences again what somebody has enabled since, and remembers their value', () => {
    const before = { [nightly]: 'false', [journal.toLowerCase()]: 'absent' }
    const plan = planFence(seen(withSetting(before).sticky(nightly, mark, journal)), closed)

    assert.ok(plan.kind === 'fence')
    assert.deepEqual(plan.addSticky, [])
    assert.deepEqual(fencedSettings(before, plan.starters), { [nightly]: 'true', [journal.toLowerCase()]: 'was:false' })
  })

  it('accepts a loose setting of another slot that a fence wrote there', () => {
    const builder = withSetting({ [nightly]: 'true', [journal]: 'absent' }, 'production')

    assert.deepEqual(states(planFence(seen(builder), closed)), { Nightly: 'toFence' })
  })

  it('refuses one that a swap has taken into the slot that it will be swapped with', () => {
    const builder = withSetting({ [nightly]: 'true', [journal]: 'absent' }, 'production')
    const plan = planFence(seen(builder, timerOnly, { production: timerOnly }), closed)

    assert.match(problem(plan), /fences function 'Nightly' of slot 'production' .*'release' with slotName 'production'/)
  })

  it('warns where the slot that it will be swapped with is fenced itself', () => {
    const builder = withSetting({ [nightly]: 'true', [journal]: 'absent' }, 'production').sticky(nightly, mark, journal)
    const plan = planFence(seen(builder, timerOnly, { production: timerOnly }), closed)

    assert.ok(plan.kind === 'fence')
    assert.match(
      plan.warnings.join(),
      /^Slot 'production' is fenced itself \(function 'Nightly'\), so what a swap puts/,
    )
  })

  it('takes any name of a function on Windows, and on Linux one that a setting may have', () => {
    const functions = { 'on-order': 'queueTrigger' }
    assert.deepEqual(states(planFence(seen(app(), functions), closed)), { 'on-order': 'toFence' })
    const linux = planFence(seen(app(), functions, { kind: 'functionapp,linux' }), closed)
    assert.match(problem(linux), /Function 'on-order' cannot be disabled on this app: on Linux/)
    assert.deepEqual(
      states(planFence(seen(app(), { on_order: 'queueTrigger' }, { kind: 'functionapp,linux' }), closed)),
      {
        on_order: 'toFence',
      },
    )
  })

  describe('refuses', () => {
    const refusals = [
      ['a slot without functions', seen(app(), {}), /Slot 'staging' of 'shop' has no functions/],
      ['no slot at all', { ...seen(), functions: [] }, /has no functions/],
      ['a function without a trigger', seen(app(), { Odd: '' }), /What starts function 'Odd' of slot 'staging'/],
      [
        'a name that is durable in the other slot',
        seen(
          app(),
          { Order: 'queueTrigger' },
          { production: { order: 'orchestrationTrigger', ORDER: 'activityTrigger' } },
        ),
        /Function 'Order' starts work in slot 'staging' and has a 'orchestrationTrigger' in slot 'production'/,
      ],
      [
        'settings of any slot that cannot be read',
        seen(app().slot('beta', { unreadable: 'no role' })),
        /settings of slot 'beta' cannot be read: no role/,
      ],
      [
        'a slot that is not in the picture',
        {
          ...seen(),
          functions: [{ slot: 'gamma' as SlotName, functions: [{ name: 'Nightly', trigger: 'timerTrigger' }] }],
        },
        /has no slot 'gamma'/,
      ],
      [
        'two settings of one function',
        seen(withSetting({ [nightly]: 'false', [underscored]: 'false' })),
        /has 2 settings that say whether function 'Nightly' is disabled/,
      ],
      [
        'a setting of its own slot that a swap would take along',
        seen(withSetting({ [underscored]: 'TRUE' })),
        /'AzureWebJobs_Nightly_Disabled' of slot 'staging' disables function 'Nightly' and is no deployment slot setting/,
      ],
      [
        'a setting of a third slot that a swap would take along',
        seen(app().slot('beta', { hub: 'b1', settings: { [nightly]: '1' } })),
        /of slot 'beta' disables function 'Nightly'/,
      ],
    ] as const
    for (const [what, picture, message] of refusals) {
      it(what, () => assert.match(problem(planFence(picture, closed)), message))
    }
  })

  it('and its release leave any settings and names as they were', () => {
    const key = fc.constantFrom(
      nightly,
      underscored,
      nightly.toLowerCase(),
      'AzureWebJobs.OnOrder.Disabled',
      'Colour',
      journal,
    )
    const value = fc.constantFrom('true', 'True', '1', 'false', '', '0', 'absent', 'blue')
    const settings = fc.dictionary(key, value, { noNullPrototype: true })
    const functions = { Nightly: 'timerTrigger', OnOrder: 'queueTrigger' }
    fc.assert(
      fc.property(settings, settings, fc.uniqueArray(key), (own, other, sticky) => {
        // What a fence itself wrote is another story.
        fc.pre(!(journal in own) && !(journal in other) && !sticky.includes(journal))
        const picture = app()
          .slot('staging', { settings: own })
          .slot('production', { settings: other })
          .sticky(...sticky)
          .picture()
        const plan = planFence({ ...seen(app(), functions), picture }, closed)
        fc.pre(plan.kind === 'fence')
        const before = settingsIn(picture)
        const fenced = fencedSettings(before, plan.starters)
        const names = [...sticky, ...plan.addSticky]
        for (const [name, text] of Object.entries(fenced)) {
          if (/disabled$/i.test(name) && ['true', '1'].includes(text.toLowerCase())) {
            assert.ok(names.some((each) => each.toLowerCase() === name.toLowerCase()))
          }
        }
        const after = {
          ...picture,
          stickySettings: names,
          slots: picture.slots.map((slot) =>
            slot.name === 'staging' ? { ...slot, settings: { kind: 'read', values: fenced } as const } : slot,
          ),
        }
        const release = planRelease(after, 'staging' as SlotName)
        assert.ok(release.kind === 'release')
        assert.deepEqual(releasedSettings(fenced, release.functions), before)
        assert.deepEqual(
          names.filter((name) => !release.removeSticky.includes(name)),
          sticky,
        )
      }),
      { seed: 5, numRuns: 500 },
    )
  })
})

function settingsIn(picture: ReturnType<ReturnType<typeof app>['picture']>): Settings {
  const settings = picture.slots.find(({ name }) => name === 'staging')?.settings
  return settings?.kind === 'read' ? settings.values : {}
}
