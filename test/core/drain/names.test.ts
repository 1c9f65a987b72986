import assert from 'node:assert/strict'
import {
  disables,
  disablingKeys,
  journalledFunction,
  journalName,
  journalOf,
  markedSetting,
  markName,
} from '../../../core/drain/names.ts'

describe('the settings of a fence', () => {
  it('are told from settings of functions with a similar name', () => {
    const settings = {
      'AzureWebJobs.Order.Disabled': '',
      AZUREWEBJOBS_ORDER_DISABLED: '',
      'AzureWebJobs.Orders.Disabled': '',
      'AzureWebJobs.My.Order.Disabled': '',
      'AzureWebJobs.Order.Disabled2': '',
      'AzureWebJobs.Order_Disabled': '',
    }

    assert.deepEqual(disablingKeys(settings, 'order'), ['AzureWebJobs.Order.Disabled', 'AZUREWEBJOBS_ORDER_DISABLED'])
  })

  it('are read back as they were named', () => {
    assert.equal(journalledFunction(journalName('A.b-C')), 'A.b-C')
    assert.equal(markedSetting(markName('AzureWebJobs.A.Disabled')), 'AzureWebJobs.A.Disabled')
    assert.deepEqual(
      [journalledFunction('Colour'), markedSetting('DurableSafeDeployment.FencedSticky.')],
      [undefined, undefined],
    )
    assert.equal(journalledFunction(markName('A')), undefined)
  })

  it('say what was there before', () => {
    const name = journalName('A')
    const before = (value: string) => journalOf({ [name]: value, Colour: 'blue' })[0]?.before

    assert.deepEqual(before('absent'), { kind: 'absent' })
    assert.deepEqual(before('was:'), { kind: 'was', value: '' })
    assert.deepEqual(before('was:was:x'), { kind: 'was', value: 'was:x' })
    assert.deepEqual(before('Absent'), { kind: 'unreadable' })
  })

  it('disable with the two values that the host knows', () => {
    assert.deepEqual(['1', 'true', 'TRUE', undefined, '', '0', 'false', 'on', '01'].filter(disables), [
      '1',
      'true',
      'TRUE',
    ])
  })
})
