import assert from 'node:assert/strict'
import { seeDisabled, seeEnabled } from '../../../core/drain/observe.ts'
import type { SlotFunction } from '../../../core/function-app/functions.ts'
import type { HostState } from '../../../core/function-app/ports.ts'

const running: HostState = { kind: 'known', state: 'Running', errors: [] }
const upFor = (uptimeMs: number): HostState => ({ ...running, uptimeMs })
const off = (name: string): SlotFunction => ({ name, isDisabled: true })
const on = (name: string): SlotFunction => ({ name, isDisabled: false })
const because = (observed: ReturnType<typeof seeDisabled>) =>
  observed.kind === 'notYet' ? observed.because : observed.kind

describe('functions that shall be disabled', () => {
  it('are seen so where the host says so of each that it has, in any spelling', () => {
    const functions = [off('NIGHTLY'), on('Start')]

    assert.equal(because(seeDisabled(['Nightly', 'OnlyInProduction'], { state: running, functions })), 'asWanted')
  })

  it('are not yet where the host says otherwise, or nothing', () => {
    const one = { state: running, functions: [on('A'), off('B')] }
    const both = { state: running, functions: [on('A'), { name: 'B' }] }

    assert.equal(because(seeDisabled(['A', 'B'], one)), "function 'A' is not disabled yet")
    assert.equal(because(seeDisabled(['A', 'B'], both)), "2 functions (such as 'A') are not disabled yet")
  })

  it('are not yet where the host is not well, or lists nothing', () => {
    const unknown: HostState = { kind: 'unknown', because: 'it is down' }

    assert.match(because(seeDisabled(['A'], { state: unknown, functions: [off('A')] })), /it is down/)
    assert.match(because(seeDisabled(['A'], { state: running, functions: [] })), /lists no functions/)
  })
})

describe('functions that shall be enabled again', () => {
  it('are seen so where the host says so', () => {
    assert.equal(because(seeEnabled(['A'], { state: running, functions: [on('A'), off('B')] }, 0)), 'asWanted')
  })

  it('are not yet where the host may be the one from before', () => {
    for (const state of [running, upFor(60_000)]) {
      assert.equal(
        because(seeEnabled(['A'], { state, functions: [off('A')] }, 60_000)),
        "function 'A' is not enabled yet",
      )
    }
    assert.match(because(seeEnabled(['A'], { state: upFor(1), functions: [{ name: 'A' }] }, 60_000)), /not enabled yet/)
  })

  it('are disabled by something else where a new host says so', () => {
    const seen = seeEnabled(['A', 'B'], { state: upFor(5_000), functions: [off('A'), on('B')] }, 60_000)

    assert.deepEqual(seen, { kind: 'otherwiseDisabled', names: ['A'] })
  })

  it('are not yet where the host is not well', () => {
    const sick: HostState = { kind: 'known', state: 'Error', errors: ['no storage'] }

    assert.match(because(seeEnabled(['A'], { state: sick, functions: [on('A')] }, 0)), /no storage/)
  })
})
