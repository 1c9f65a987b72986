import assert from 'node:assert/strict'
import { isDurable, isHttp, triggerOf } from '../../../core/function-app/functions.ts'

describe('the trigger of a function', () => {
  it('is the binding whose type ends so, where there is one', () => {
    assert.equal(triggerOf(['queue', 'queueTrigger', 'durableClient']), 'queueTrigger')
    assert.equal(triggerOf(['HTTPTRIGGER', 'http']), 'HTTPTRIGGER')
    assert.equal(triggerOf(['http']), undefined)
    assert.equal(triggerOf(['queueTrigger', 'timerTrigger']), undefined)
  })

  it('says whether it starts work', () => {
    const durable = ['orchestrationTrigger', 'activityTrigger', 'entityTrigger', 'timerTrigger', 'httpTrigger'].filter(
      isDurable,
    )

    assert.deepEqual(durable, ['orchestrationTrigger', 'activityTrigger', 'entityTrigger'])
    assert.equal(isHttp('httptrigger'), true)
  })
})
