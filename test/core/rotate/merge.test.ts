import assert from 'node:assert/strict'
import { differingSettings, withSetting } from '../../../core/rotate/merge.ts'

describe('the whole set of settings', () => {
  it('keeps all others when one is changed', () => {
    assert.deepEqual(withSetting({ A: '1', TaskHubName: 'old' }, 'TaskHubName', 'new'), { A: '1', TaskHubName: 'new' })
  })

  it('gets the setting where there was none', () => {
    assert.deepEqual(withSetting({ A: '1' }, 'TaskHubName', 'new'), { A: '1', TaskHubName: 'new' })
  })

  it('differs by name where a value changed, came or went', () => {
    assert.deepEqual(differingSettings({ A: '1', B: '2', C: '3' }, { A: '1', B: 'x', D: '4' }), ['B', 'C', 'D'])
  })
})
