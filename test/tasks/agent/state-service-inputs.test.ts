import assert from 'node:assert/strict'
import { readRotateInputs } from '../../../tasks/RotateTaskHub/RotateTaskHubV1/inputs.ts'
import { readSlotSwapInputs } from '../../../tasks/SlotSwap/SlotSwapV1/inputs.ts'
import { readCleanupInputs } from '../../../tasks/CleanupTaskHub/CleanupTaskHubV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const build = { 'Build.BuildId': '7' }
const rotate = taskInputs('RotateTaskHub', readRotateInputs, build)
const url = 'https://state.example'

describe('the inputs of a state service', () => {
  it('are none where none is given', () => {
    assert.equal(rotate.wanted().stateService, undefined)
  })

  const good: [string, Record<string, string>, Record<string, string>][] = [
    ['a key', { stateServiceUrl: url, stateServiceKey: 'k3y==' }, { url, key: 'k3y==' }],
    [
      'an audience',
      { stateServiceUrl: url, stateServiceAudience: 'api://orders-state' },
      { url, audience: 'api://orders-state' },
    ],
    [
      'the id of an application',
      { stateServiceUrl: url, stateServiceAudience: '0f0e0d0c-1111-2222-3333-444455556666' },
      { url, audience: '0f0e0d0c-1111-2222-3333-444455556666' },
    ],
    [
      'a path, and a slash at the end',
      { stateServiceUrl: `${url}/gateway/`, stateServiceKey: 'k' },
      { url: `${url}/gateway`, key: 'k' },
    ],
    [
      'this machine',
      { stateServiceUrl: 'http://127.0.0.1:7071', stateServiceKey: 'k' },
      { url: 'http://127.0.0.1:7071', key: 'k' },
    ],
  ]
  for (const [what, inputs, expected] of good) {
    it(`take ${what}`, () => assert.deepEqual(rotate.wanted(inputs).stateService, expected))
  }

  it('are read by every task that tells', () => {
    const inputs = { stateServiceUrl: url, stateServiceKey: 'k', taskHubName: 'shop7' }
    assert.deepEqual(taskInputs('SlotSwap', readSlotSwapInputs).wanted(inputs).stateService, { url, key: 'k' })
    assert.deepEqual(taskInputs('CleanupTaskHub', readCleanupInputs).wanted(inputs).stateService, { url, key: 'k' })
  })

  const bad: [string, Record<string, string>, RegExp][] = [
    [
      'no way to sign in',
      { stateServiceUrl: url },
      /'stateServiceUrl' was given without a way to sign in\. Give input/,
    ],
    ['a key alone', { stateServiceKey: 'k3y' }, /'stateServiceKey' was given without input 'stateServiceUrl'/],
    ['an audience alone', { stateServiceAudience: 'api://x' }, /'stateServiceAudience' was given without input/],
    [
      'a key and an audience',
      { stateServiceUrl: url, stateServiceKey: 'k3y', stateServiceAudience: 'api://x' },
      /'stateServiceKey' was given together with input 'stateServiceAudience'\. Give only one/,
    ],
    ['plain http', { stateServiceUrl: 'http://state.example', stateServiceKey: 'k' }, /Give an https address\./],
    ['no address', { stateServiceUrl: 'state', stateServiceKey: 'k' }, /'stateServiceUrl' is 'state'\. Give an https/],
    [
      'a scope in place of an audience',
      { stateServiceUrl: url, stateServiceAudience: 'api://x/.default' },
      /is 'api:\/\/x\/\.default'\. Give the Application ID URI .* without '\/\.default'/,
    ],
    [
      'an audience that is none',
      { stateServiceUrl: url, stateServiceAudience: 'orders state' },
      /'stateServiceAudience' is 'orders state'\. Give the Application ID URI/,
    ],
    [
      'a key with a line break',
      { stateServiceUrl: url, stateServiceKey: 'one\ntwo' },
      /'stateServiceKey' holds blanks or characters that no key has/,
    ],
    [
      'a key that is not set',
      { stateServiceUrl: url, stateServiceKey: '$(StateServiceKey)' },
      /variable 'StateServiceKey' is not set here/,
    ],
  ]
  for (const [what, inputs, message] of bad) {
    it(`refuse ${what}`, () => assert.match(rotate.refusal(inputs), message))
  }

  for (const secret of ['?code=hidden', '#hidden']) {
    it(`refuse an address with '${secret}', and do not print it`, () => {
      const message = rotate.refusal({ stateServiceUrl: `${url}/${secret}`, stateServiceKey: 'k' })
      assert.match(message, /'stateServiceUrl' holds a user, a password, a query or a fragment/)
      assert.ok(!message.includes('hidden'))
    })
  }

  it('refuse an address with a password, and do not print it', () => {
    const message = rotate.refusal({ stateServiceUrl: 'https://me:hidden@state.example', stateServiceKey: 'k' })
    assert.ok(/holds a user/.test(message) && !message.includes('hidden'))
  })
})
