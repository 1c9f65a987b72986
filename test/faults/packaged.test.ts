import assert from 'node:assert/strict'
import type { MixedCase } from './packaged/mixed-case.ts'
import { mixedCases } from './packaged/mixed-case.ts'
import { kindOf } from './packaged/points.ts'
import type { TaskName } from './packaged/world.ts'

/** What the tasks ask: one question of all of them, some of one, once or several times. */
const labels: Readonly<Record<TaskName, readonly string[]>> = {
  RotateTaskHub: ['arm GET /sites/shop', 'arm PUT /sites/shop/config/appsettings', 'storage GET /shop1-control-00'],
  SlotSwap: ['arm GET /sites/shop', 'arm GET /sites/shop', 'arm POST /sites/shop/slots/staging/slotsswap'],
  CleanupTaskHub: [
    ...['arm GET /sites/shop', 'arm GET /sites/shop', 'arm GET /sites/shop'],
    ...['storage GET /shop0-control-00', 'storage GET /shop0-control-01', 'storage DELETE /shop0-control-00'],
  ],
}
const cases = mixedCases({
  RotateTaskHub: { labels: labels.RotateTaskHub },
  SlotSwap: { labels: labels.SlotSwap },
  CleanupTaskHub: { labels: labels.CleanupTaskHub },
})

describe('The mixed cases of packaged tasks', () => {
  it('each strike a request that the task makes', () => {
    for (const { task, kind, skip } of cases) {
      const asked = labels[task].filter((label) => kindOf(label) === kind).length
      assert.ok(skip < asked, `${kind} of ${task}: asked ${asked} times, struck after ${skip}`)
    }
  })

  it('have each mishap to each kind of request once, and swaps that fail at status 200', () => {
    assert.equal(new Set(cases.map(({ kind, mishap }) => `${kind}: ${mishap.name}`)).size, cases.length)
    assert.ok(cases.some(({ kind, mishap }) => kind.endsWith('slotsswap') && mishap.name === 'Failed at status 200'))
  })

  it('strike a question of all tasks in each of them, once, three times and always, the first one and a later one', () => {
    const found = cases.filter(({ kind }) => kind === 'arm GET /sites/shop').map(inWords)
    assert.deepEqual(
      [...new Set(found)].toSorted(),
      [
        ...[1, 3, Infinity].map((times) => inWords({ task: 'RotateTaskHub', times, skip: 0 })),
        ...(['SlotSwap', 'CleanupTaskHub'] as const).flatMap((task) =>
          [1, 3, Infinity].flatMap((times) => [0, 1].map((skip) => inWords({ task, times, skip }))),
        ),
      ].toSorted(),
    )
  })
})

function inWords({ task, times, skip }: Pick<MixedCase, 'task' | 'times' | 'skip'>): string {
  return `${task}, ${times} after ${skip}`
}
