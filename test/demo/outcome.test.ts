import assert from 'node:assert/strict'

import type { Orchestration } from '../../demo/ledger.ts'
import type { HubOutcome, Outcome } from '../../demo/outcome.ts'
import { hubOutcome, problemsOf } from '../../demo/outcome.ts'

const orchestration = (twist: Partial<Orchestration> = {}): Orchestration => ({
  ...{ id: 'a', hub: 'orders1', name: 'ProcessOrder', status: 'Completed', versions: ['1.0.0'] },
  ...twist,
})

describe('What became of the orchestrations of a task hub', () => {
  const cases: [name: string, all: Orchestration[], counts: number[]][] = [
    ['is nothing when it had none', [], [0, 0, 0, 0]],
    ['is all well when all completed', [orchestration(), orchestration()], [2, 2, 0, 0]],
    ['leaves out other task hubs', [orchestration({ hub: 'orders11' })], [0, 0, 0, 0]],
    ['knows its task hub whatever the case', [orchestration({ hub: 'Orders1' })], [1, 1, 0, 0]],
    ['counts what runs at the end as lost', [orchestration({ status: 'Running' })], [1, 0, 1, 0]],
    ['counts what failed as lost', [orchestration({ status: 'Failed' })], [1, 0, 1, 0]],
    ['counts what was terminated as lost', [orchestration({ status: 'Terminated' })], [1, 0, 1, 0]],
    ['counts what another version carried on', [orchestration({ versions: ['1.0.0', '2.0.0'] })], [1, 1, 0, 1]],
    ['counts what another version did alone', [orchestration({ versions: ['2.0.0'] })], [1, 1, 0, 1]],
  ]
  for (const [name, all, counts] of cases) {
    it(name, () => {
      const outcome = hubOutcome({ version: '1.0.0', hub: 'orders1', leftovers: [] }, all)
      assert.deepEqual([outcome.started, outcome.finished, outcome.lost, outcome.onAnotherVersion], counts)
    })
  }
})

describe('The demo', () => {
  const expected = [
    { slot: 'production', version: '2.0.0', hub: 'orders2' },
    { slot: 'staging', version: '1.0.0', hub: 'orders1' },
  ]
  const hub = (number: number, twist: Partial<HubOutcome> = {}): HubOutcome => ({
    ...{ version: `${number}.0.0`, hub: `orders${number}`, started: 5, finished: 5, lost: 0, onAnotherVersion: 0 },
    ...{ leftovers: [`table 'orders${number}Instances'`], ...twist },
  })
  const retired = hub(0, { leftovers: [] })
  const good: Outcome = { slots: expected, hubs: [retired, hub(1), hub(2)], vanished: 0, heldBack: true }

  it('succeeds when its table is right', () => assert.deepEqual(problemsOf(good, expected), []))

  const problems: [name: string, twist: Partial<Outcome>, says: string][] = [
    [
      'a slot runs another version',
      { slots: [{ slot: 'production', version: '1.0.0', hub: 'orders2' }, ...expected.slice(1)] },
      'Slot production runs 1.0.0 on orders2 instead of 2.0.0 on orders2.',
    ],
    [
      'a slot runs on another task hub',
      {
        slots: [
          expected[0] ?? { slot: '', version: '', hub: '' },
          { slot: 'staging', version: '1.0.0', hub: 'orders2' },
        ],
      },
      'Slot staging runs 1.0.0 on orders2 instead of 1.0.0 on orders1.',
    ],
    [
      'a version started nothing',
      { hubs: [retired, hub(1), hub(2, { started: 0, finished: 0 })] },
      'Version 2.0.0 started nothing.',
    ],
    [
      'an orchestration was lost',
      { hubs: [retired, hub(1, { lost: 2 }), hub(2)] },
      '2 orchestrations of version 1.0.0 were lost.',
    ],
    [
      'an orchestration changed its version',
      { hubs: [retired, hub(1, { onAnotherVersion: 1 }), hub(2)] },
      '1 orchestrations left version 1.0.0.',
    ],
    [
      'a retired task hub is still there',
      { hubs: [hub(0), hub(1), hub(2)] },
      "Task hub orders0 was not deleted: table 'orders0Instances'.",
    ],
    [
      'a task hub in use is gone',
      { hubs: [retired, hub(1, { leftovers: [] }), hub(2)] },
      'Task hub orders1 is in use and is gone.',
    ],
    ['an accepted order was never seen', { vanished: 3 }, '3 accepted orders were never seen in a task hub.'],
    ['nothing was held back', { heldBack: false }, 'No deployment was held back by running work.'],
  ]
  for (const [name, twist, says] of problems) {
    it(`fails when ${name}`, () => assert.deepEqual(problemsOf({ ...good, ...twist }, expected), [says]))
  }
})
