import assert from 'node:assert/strict'
import type { ReleasePlan } from '../../../core/drain/plan-release.ts'
import { planRelease, releasedSettings } from '../../../core/drain/plan-release.ts'
import type { Settings, SlotName } from '../../../core/function-app/picture.ts'
import { app } from '../../support/app.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const journal = 'DurableSafeDeployment.Fenced.Nightly'
const mark = `DurableSafeDeployment.FencedSticky.${nightly}`
const fenced = { [nightly]: 'true', [journal]: 'absent' }
const staging = 'staging' as SlotName

const fencedApp = (settings: Settings = fenced) =>
  app().slot('staging', { settings }).sticky('Colour', nightly, mark, journal)

function released(plan: ReleasePlan): Extract<ReleasePlan, { kind: 'release' }> {
  assert.ok(plan.kind === 'release', JSON.stringify(plan))
  return plan
}

function problem(plan: ReleasePlan): string {
  return plan.kind === 'refuse' ? plan.problem : ''
}

describe('the plan of a release', () => {
  it('removes what the fence set, with its own names', () => {
    const plan = released(planRelease(fencedApp().picture(), staging))

    assert.deepEqual(releasedSettings(fenced, plan.functions), {})
    assert.deepEqual(plan.removeSticky, [nightly, mark, journal])
  })

  it('gives back the value that was there before', () => {
    for (const value of ['false', '', '0', 'was:odd']) {
      const settings = { ...fenced, [journal]: `was:${value}` }
      const plan = released(planRelease(fencedApp(settings).picture(), staging))

      assert.deepEqual(releasedSettings(settings, plan.functions), { [nightly]: value })
    }
  })

  it('finds the settings in any spelling', () => {
    const settings = { azurewebjobs_nightly_disabled: 'true', [journal.toUpperCase()]: 'absent' }
    const plan = released(planRelease(app().slot('staging', { settings }).picture(), staging))

    assert.deepEqual(releasedSettings(settings, plan.functions), {})
  })

  it('has nothing to do where nothing is fenced', () => {
    const plan = released(planRelease(app().sticky('Colour').picture(), staging))

    assert.deepEqual([plan.functions, plan.removeSticky, plan.warnings], [[], [], []])
  })

  it('removes the names that a run which died had left', () => {
    const plan = released(planRelease(fencedApp({}).picture(), staging))

    assert.deepEqual(plan.removeSticky, [nightly, mark, journal])
  })

  it('keeps the names while another slot is fenced', () => {
    const plan = released(planRelease(fencedApp().slot('production', { settings: fenced }).picture(), staging))

    assert.deepEqual(plan.removeSticky, [])
    assert.equal(plan.functions.length, 1)
  })

  it('keeps a name by which another slot is disabled, and lets go of one that only says no', () => {
    const keeps = fencedApp().slot('production', { settings: { [nightly.toLowerCase()]: '1' } })
    const lets = fencedApp().slot('production', { settings: { [nightly]: 'false' } })

    assert.deepEqual(released(planRelease(keeps.picture(), staging)).removeSticky, [journal])
    assert.deepEqual(released(planRelease(lets.picture(), staging)).removeSticky, [nightly, mark, journal])
  })

  it('keeps a name that stayed with its slot before the fence', () => {
    const plan = released(planRelease(fencedApp().sticky('Colour', nightly, journal).picture(), staging))

    assert.deepEqual(plan.removeSticky, [journal])
  })

  it('keeps all names where a slot cannot be read', () => {
    const plan = released(planRelease(fencedApp().slot('beta', { unreadable: 'no role' }).picture(), staging))

    assert.deepEqual(plan.removeSticky, [])
    assert.match(plan.warnings.join(' '), /slot 'beta' cannot be read, so the names/)
  })

  it('leaves what somebody changed or removed since', () => {
    for (const settings of [
      { [journal]: 'absent' },
      { ...fenced, [nightly]: '1' },
      { ...fenced, [nightly]: 'false' },
    ]) {
      const plan = released(planRelease(fencedApp(settings).picture(), staging))
      const { [journal]: _, ...rest } = settings as Record<string, string>

      assert.deepEqual(releasedSettings(settings, plan.functions), rest)
      assert.match(plan.warnings.join(' '), /function 'Nightly' was changed or removed since/)
    }
  })

  describe('refuses', () => {
    const refusals = [
      ['a slot that is not there', app(), 'beta', /no slot 'beta'/],
      [
        'settings that cannot be read',
        app().slot('staging', { unreadable: 'no role' }),
        'staging',
        /cannot be read: no role/,
      ],
      [
        'a record that no fence wrote',
        fencedApp({ ...fenced, [journal]: 'maybe' }),
        'staging',
        /is not what fence wrote/,
      ],
      [
        'two settings of one function',
        fencedApp({ ...fenced, AzureWebJobs_Nightly_Disabled: 'false' }),
        'staging',
        /has 2 settings that say whether function 'Nightly'/,
      ],
    ] as const
    for (const [what, builder, slot, message] of refusals) {
      it(what, () => assert.match(problem(planRelease(builder.picture(), slot as SlotName)), message))
    }
  })
})
