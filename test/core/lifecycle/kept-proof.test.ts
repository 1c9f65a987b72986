import assert from 'node:assert/strict'
import type { HubMark, PartitionMark } from '../../../core/lifecycle/hub-mark.ts'
import { standing, type KeptProof, type Now } from '../../../core/lifecycle/kept-proof.ts'

const start = Date.parse('2026-11-21T10:00:00Z')
const at = (seconds: number) => new Date(start + 1000 * seconds)
const gone: PartitionMark = { on: 'row hub-control-00', tag: 'a', live: false }
const alive: PartitionMark = { ...gone, live: true }
const empty = { name: 'hub-control-00', messages: 0, visible: 0 }

const mark = (seconds: number, twist: Partial<HubMark> = {}): HubMark => ({
  at: at(seconds),
  queues: [empty],
  partitions: [gone],
  ...twist,
})
const proof = (twist: Partial<KeptProof> = {}): KeptProof => ({
  generation: 7,
  policy: 'strict',
  beganAt: at(0),
  provenAt: at(40),
  before: mark(0),
  after: mark(41),
  ...twist,
})
const now = (twist: Partial<Now> = {}): Now => ({
  heardSince: false,
  policy: 'strict',
  mark: mark(86_400),
  maxAgeMs: 0,
  ...twist,
})
const attended = { before: mark(0, { partitions: [alive] }), after: mark(41, { partitions: [alive] }) }

describe('a kept proof', () => {
  it('holds for as long as no worker came, however old it is', () => {
    assert.deepEqual(standing(proof(), now()), { holds: true, ground: 'noWorkerSince' })
  })

  it('holds for a hub that has no queue at all', () => {
    const none = { queues: [], partitions: [] }
    const kept = proof({ before: mark(0, none), after: mark(41, none) })
    assert.deepEqual(standing(kept, now({ mark: mark(99, none) })), { holds: true, ground: 'noWorkerSince' })
  })

  const contradicted: readonly [string, KeptProof, Now, RegExp][] = [
    ['something was heard of the hub since', proof(), now({ heardSince: true }), /heard/],
    ['it was judged by another policy', proof(), now({ policy: 'lenient' }), /policy/],
    ['a message is there', proof(), now({ mark: mark(99, { queues: [{ ...empty, messages: 1 }] }) }), /queues/],
    [
      'a message is there to be seen, as many as there were',
      proof({ before: mark(0, { queues: [{ ...empty, messages: 1 }] }) }),
      now({ mark: mark(99, { queues: [{ ...empty, messages: 1, visible: 1 }] }) }),
      /queues/,
    ],
    ['a queue is gone', proof(), now({ mark: mark(99, { queues: [] }) }), /queues/],
    ['a queue is new', proof(), now({ mark: mark(99, { queues: [empty, { ...empty, name: 'x' }] }) }), /queues/],
    [
      'the queues changed while it was being proven',
      proof({ before: mark(0, { queues: [{ ...empty, messages: 1 }] }) }),
      now(),
      /queues/,
    ],
    ['a worker is alive now', proof(), now({ mark: mark(99, { partitions: [alive] }) }), /worker/],
    ['a worker was alive when it began', proof({ before: attended.before }), now(), /worker/],
    ['a worker was alive when it ended', proof({ after: attended.after }), now(), /worker/],
    ['a worker came and went', proof(), now({ mark: mark(99, { partitions: [{ ...gone, tag: 'b' }] }) }), /worker/],
    ['a partition is new', proof(), now({ mark: mark(99, { partitions: [gone, { ...gone, on: 'x' }] }) }), /worker/],
    [
      'nothing tells of its partitions',
      proof({ before: mark(0, { partitions: [] }), after: mark(41, { partitions: [] }) }),
      now({ mark: mark(99, { partitions: [] }) }),
      /worker/,
    ],
  ]
  for (const [what, kept, then, because] of contradicted) {
    it(`does not hold where ${what}`, () => {
      const said = standing(kept, then)
      assert.ok(!said.holds)
      assert.match(said.because, because)
    })
  }

  it('holds while a worker is alive for as long as the caller accepts, counted from its beginning', () => {
    const then = (seconds: number) => now({ mark: mark(seconds, { partitions: [alive] }), maxAgeMs: 60_000 })
    assert.deepEqual(standing(proof(attended), then(59)), { holds: true, ground: 'young' })
    assert.equal(standing(proof(attended), then(60)).holds, false)
  })

  it('does not hold by its age where queues hold messages, for others may have come for those that went', () => {
    const one = { queues: [{ ...empty, messages: 1 }] }
    const live = { ...one, partitions: [alive] }
    const kept = proof({ before: mark(0, live), after: mark(41, live) })
    const said = standing(kept, now({ mark: mark(50, live), maxAgeMs: 60_000 }))
    assert.ok(!said.holds)
    assert.match(said.because, /queues hold messages/)
    const unattended = proof({ before: mark(0, one), after: mark(41, one) })
    assert.equal(standing(unattended, now({ mark: mark(50, one) })).holds, true)
  })

  it('never holds by its age for a caller who accepts none, within the second in which it began either', () => {
    const at0 = mark(0, { partitions: [alive] })
    assert.equal(standing(proof({ before: at0, after: at0 }), now({ mark: at0 })).holds, false)
  })

  it('does not hold where the clock of storage went back', () => {
    const then = now({ mark: mark(-1, { partitions: [alive] }), maxAgeMs: 60_000 })
    assert.equal(standing(proof(attended), then).holds, false)
  })
})
