import assert from 'node:assert/strict'
import { fencedTarget, looseFence } from '../../../core/drain/loose-fence.ts'
import { findSlot } from '../../../core/function-app/picture.ts'
import type { AppBuilder } from '../../support/app.ts'
import { app } from '../../support/app.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const weekly = 'AzureWebJobs.Weekly.Disabled'
const fenced = { [nightly]: 'true', 'DurableSafeDeployment.Fenced.Nightly': 'absent' }
const both = { ...fenced, [weekly]: 'true', 'DurableSafeDeployment.Fenced.Weekly': 'absent' }

function loose(builder: AppBuilder): string | undefined {
  const picture = builder.picture()
  const staging = findSlot(picture, 'staging')
  assert.ok(staging)
  return looseFence(picture, staging, 'production')
}

describe('a fence that is no deployment slot setting any more', () => {
  it('is told of the source of a swap, with what to do', () => {
    assert.match(
      loose(app().slot('staging', { settings: fenced })) ?? '',
      /^App setting 'AzureWebJobs\.Nightly\.Disabled' fences function 'Nightly' of slot 'staging'.*action 'fence' on slot 'staging'/,
    )
  })

  it('is none while the setting stays with its slot, where it disables nothing, and where nobody fenced', () => {
    assert.equal(loose(app().slot('staging', { settings: fenced }).sticky(nightly)), undefined)
    assert.equal(loose(app().slot('staging', { settings: { ...fenced, [nightly]: 'false' } })), undefined)
    assert.equal(loose(app().slot('staging', { settings: { [nightly]: 'true' } })), undefined)
  })

  it('is not known of settings that cannot be read', () => {
    assert.equal(loose(app().slot('staging', { unreadable: 'Azure answered 403' })), undefined)
  })
})

describe('a fence of the slot that another one is swapped into', () => {
  it('is told, with how many functions there are', () => {
    const one = app().slot('production', { settings: fenced }).picture()
    const two = app().slot('production', { settings: both }).picture()
    assert.match(
      fencedTarget(one, 'production') ?? '',
      /^Slot 'production' is fenced itself \(function 'Nightly'\), so/,
    )
    assert.match(fencedTarget(two, 'Production') ?? '', /\(function 'Nightly' and 1 more\), so/)
  })

  it('is not told where there is none, no such slot, or nothing to read', () => {
    assert.equal(fencedTarget(app().picture(), 'production'), undefined)
    assert.equal(fencedTarget(app().picture(), 'nope'), undefined)
    assert.equal(fencedTarget(app().slot('production', { unreadable: '403' }).picture(), 'production'), undefined)
  })
})
