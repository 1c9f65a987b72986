import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Beat, Member } from '../../app-mode/src/aggregate.ts'
import { aggregate } from '../../app-mode/src/aggregate.ts'
import type { State } from '../../app-mode/src/state.ts'

const options = { scope: 'app', deadAfterMs: 60_000 } as const
const prepared: State = { epoch: 3, prepared: { generation: 'run-1', until: 0 } }
const beat = (twist: Partial<Beat> = {}): Beat => ({
  beat: 1,
  epoch: 3,
  inProgress: 0,
  stashed: 0,
  failedStashes: 0,
  ...twist,
})
const member = (twist: Partial<Beat> = {}, silentMs = 0): Member => ({ beat: beat(twist), silentMs })

const anyBeat = fc
  .record({
    beat: fc.nat(),
    taken: fc.constantFrom<number | undefined>(undefined, 2, 3, 4),
    inProgress: fc.constantFrom(0, 0, 1, 7),
    stashed: fc.nat(9),
    failedStashes: fc.nat(2),
  })
  .map(({ taken, ...rest }): Beat => ({ ...rest, ...(taken !== undefined && { epoch: taken }) }))
const anyMember = fc
  .record({ told: fc.option(anyBeat, { nil: undefined }), silentMs: fc.constantFrom(0, 59_999, 60_000, 90_000) })
  .map(({ told, silentMs }): Member => ({ silentMs, ...(told && { beat: told }) }))
const anyMembers = fc.array(anyMember, { maxLength: 8 })

describe('the mode of an app', () => {
  const cases: [string, State, readonly Member[], string][] = [
    ['is Normal while nobody prepares', { epoch: 3 }, [member()], 'Normal'],
    [
      'is safe when every process has taken over and has nothing in progress',
      prepared,
      [member(), member()],
      'SafeToStop',
    ],
    [
      'is not safe while one has something in progress',
      prepared,
      [member(), member({ inProgress: 1 })],
      'PreparingForStop',
    ],
    [
      'is not safe while one has not heard of it yet',
      prepared,
      [member(), { beat: { beat: 1, inProgress: 0, stashed: 0, failedStashes: 0 }, silentMs: 0 }],
      'PreparingForStop',
    ],
    [
      'is not safe while one tells of an earlier preparation',
      prepared,
      [member(), member({ epoch: 2 })],
      'PreparingForStop',
    ],
    ['is not safe while one cannot be read', prepared, [member(), { silentMs: 0 }], 'PreparingForStop'],
    [
      'is not safe until a silent one is dead',
      prepared,
      [member(), member({ inProgress: 2 }, 59_999)],
      'PreparingForStop',
    ],
    ['is safe once a silent one is dead', prepared, [member(), member({ inProgress: 2 }, 60_000)], 'SafeToStop'],
    ['is not safe with nobody there', prepared, [], 'PreparingForStop'],
    ['is not safe with nobody alive', prepared, [member({}, 60_000)], 'PreparingForStop'],
  ]
  for (const [name, state, members, expected] of cases) {
    it(name, () => assert.equal(aggregate(state, members, options).mode, expected))
  }

  it('counts what is in progress everywhere, and what was put aside in this preparation', () => {
    const members = [
      member({ inProgress: 2, stashed: 1 }),
      member({ inProgress: 3, stashed: 2, failedStashes: 1 }),
      member({ epoch: 2, inProgress: 4, stashed: 8, failedStashes: 8 }),
      member({ inProgress: 5 }, 60_000),
    ]
    const { inProgress, stashed, failedStashes, members: count } = aggregate(prepared, members, options)
    assert.deepEqual(
      { inProgress, stashed, failedStashes, count },
      { inProgress: 9, stashed: 3, failedStashes: 1, count: 3 },
    )
  })

  it('is safe exactly when no living process can have anything to do', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const { mode, inProgress } = aggregate(prepared, members, options)
        const living = members.filter(({ silentMs }) => silentMs < 60_000)
        const still = living.every((each) => each.beat?.epoch === 3 && each.beat.inProgress === 0)
        assert.equal(mode === 'SafeToStop', living.length > 0 && still)
        if (mode === 'SafeToStop') assert.equal(inProgress, 0)
      }),
      { seed: 20261121, numRuns: 2_000 },
    )
  })

  it('is never made safe by a process that comes, nor by what another has in progress', () => {
    fc.assert(
      fc.property(anyMembers, anyMember, (members, more) => {
        const before = aggregate(prepared, members, options).mode
        const living = members.some(({ silentMs }) => silentMs < 60_000)
        const after = aggregate(prepared, [...members, more], options).mode
        assert.ok(!living || before === 'SafeToStop' || after !== 'SafeToStop')
        const busy = members.map((each) => (each.beat ? { ...each, beat: { ...each.beat, inProgress: 1 } } : each))
        assert.notEqual(aggregate(prepared, busy, options).mode, 'SafeToStop')
      }),
      { seed: 20261122, numRuns: 2_000 },
    )
  })

  it('does not depend on the order of the processes', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        assert.deepEqual(aggregate(prepared, members.toReversed(), options), aggregate(prepared, members, options))
      }),
      { seed: 20261123 },
    )
  })
})
