import assert from 'node:assert/strict'
import { requireSide } from '../../../core/function-app/slot-rules.ts'
import { app } from '../../support/app.ts'

const problem = (answer: ReturnType<typeof requireSide>) => 'problem' in answer && answer.problem

describe('a slot that is to be acted on', () => {
  it('comes with its hub, however its name is spelt', () => {
    const side = requireSide(app().view(), 'STAGING')

    assert.ok('hub' in side)
    assert.equal(side.hub.slot, side.slot.name)
  })

  it('is told from those that are there', () => {
    assert.match(String(problem(requireSide(app().view(), 'blue'))), /has no slot 'blue'.*'production', 'staging'/)
  })

  it('must have settings that can be read', () => {
    const view = app().slot('staging', { unreadable: 'no permission' }).view()

    assert.equal(
      problem(requireSide(view, 'staging')),
      "The app settings of slot 'staging' cannot be read: no permission.",
    )
  })

  it('must have been looked at', () => {
    const side = requireSide({ ...app().view(), hubs: [] }, 'staging')

    assert.equal(problem(side), "The app settings of slot 'staging' cannot be read: they were not listed.")
  })
})
