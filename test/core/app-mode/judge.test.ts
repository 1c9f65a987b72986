import assert from 'node:assert/strict'
import fc from 'fast-check'
import { generationOf, isOfRun } from '../../../core/app-mode/generation.ts'
import { judge, otherGeneration } from '../../../core/app-mode/judge.ts'
import type { ModeDocument } from '../../../core/app-mode/mode-document.ts'
import { isGeneration } from '../../../core/app-mode/mode-document.ts'
import { workersOf } from '../../../core/app-mode/workers.ts'

const safe: ModeDocument = {
  mode: 'SafeToStop',
  generation: 'run-1',
  until: new Date('2026-11-21T10:10:00Z'),
  inProgress: 0,
  scope: 'app',
  members: 2,
  stashed: 0,
  failedStashes: 0,
}
const normal: ModeDocument = { mode: 'Normal', inProgress: 0, scope: 'app', members: 2, stashed: 0, failedStashes: 0 }
const two = { instances: 2, workers: 1 }

describe('what a mode document means for a deployment', () => {
  const cases: [string, ModeDocument, { instances: number; workers: number | undefined }, RegExp][] = [
    ['safe, of as many processes as there are instances', safe, two, /^safe$/],
    ['safe, of more processes than there are instances', { ...safe, members: 5 }, two, /^safe$/],
    ['safe, of every worker of every instance', { ...safe, members: 8 }, { ...two, workers: 4 }, /^safe$/],
    [
      'safe, of the workers of one instance whose directory the other does not share',
      { ...safe, members: 4 },
      { ...two, workers: 4 },
      /^wait 2 instances with 4 worker processes each listed, but 4 processes in its directory$/,
    ],
    ['safe, of workers that nobody can count', { ...safe, members: 2 }, { ...two, workers: undefined }, /^safe$/],
    ['in progress', { ...safe, mode: 'PreparingForStop', inProgress: 3 }, two, /^wait 3 items in progress$/],
    [
      'safe, of fewer processes than instances',
      { ...safe, members: 1 },
      two,
      /^wait 2 instances listed, but 1 process/,
    ],
    ['Normal', normal, two, /^forgotten/],
    [
      'of another generation',
      { ...safe, generation: 'run-2' },
      two,
      /^refuse generation 'run-2' has prepared it until 2026/,
    ],
    [
      'safe, with a rest that is nowhere',
      { ...safe, failedStashes: 1 },
      two,
      /^refuse 1 item could not put the rest of its/,
    ],
    ['of one process, and there are two', { ...safe, scope: 'process' }, two, /^refuse .* the slot has 2 instances$/],
    ['of one process, and there is no other', { ...safe, scope: 'process' }, { instances: 1, workers: 1 }, /^safe$/],
    [
      'of one process, and none is listed',
      { ...safe, scope: 'process' },
      { instances: 0, workers: 1 },
      /^wait Azure lists no instance of the slot yet$/,
    ],
    ['of one of several workers', { ...safe, scope: 'process' }, { instances: 1, workers: 4 }, /PROCESS_COUNT is 4$/],
    [
      'of one of nobody knows how many',
      { ...safe, scope: 'process' },
      { instances: 1, workers: undefined },
      /cannot be read$/,
    ],
    [
      'safe, with several rests that are nowhere',
      { ...safe, failedStashes: 2 },
      two,
      /^refuse 2 items could not put the rest of their/,
    ],
  ]
  for (const [name, document, processes, expected] of cases) {
    it(name, () => {
      const judged = judge(document, 'run-1', processes)
      assert.match(`${judged.kind} ${'because' in judged ? judged.because : ''}`.trim(), expected)
    })
  }
})

describe('an app that another generation has prepared', () => {
  it('is named, also where it does not tell which or until when', () => {
    const { until: _, generation: __, ...rest } = safe
    assert.equal(otherGeneration(rest).because, "generation '' has prepared it")
  })
})

describe('the worker processes of an instance', () => {
  const cases: [Readonly<Record<string, string>>, number | undefined][] = [
    [{}, 1],
    [{ FUNCTIONS_WORKER_PROCESS_COUNT: '' }, 1],
    [{ functions_worker_process_count: ' 4 ' }, 4],
    [{ FUNCTIONS_WORKER_PROCESS_COUNT: 'many' }, undefined],
    [{ FUNCTIONS_WORKER_PROCESS_COUNT: '0' }, undefined],
    [{ FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED: 'true' }, undefined],
    [{ FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED: '0' }, 1],
  ]
  for (const [values, expected] of cases) {
    it(`are ${expected ?? 'not known'} with ${JSON.stringify(values)}`, () => {
      assert.equal(workersOf({ kind: 'read', values }), expected)
    })
  }
  it('are not known where the settings cannot be read', () => {
    assert.equal(workersOf({ kind: 'unreadable', because: 'no role' }), undefined)
  })
})

describe('the generation of a run', () => {
  const run = { id: 'build 101', run: '101', project: 'shop', link: '' }

  it('is of the run and of the task', () => {
    assert.equal(generationOf(run, 'a1b2'), 'shop-build-101.a1b2')
  })

  it('is known again by a later task of the run, and by nobody else', () => {
    const generation = generationOf(run, 'a1b2')
    assert.ok(isOfRun(generation, run))
    assert.ok(!isOfRun(generation, { ...run, id: 'build 10' }))
    assert.ok(!isOfRun(generation, { ...run, project: 'other' }))
    for (const other of ['shop-build-101', 'shop-build-1011.a', 'run-1', '.a', ''])
      assert.ok(!isOfRun(other, run), other)
    const { id: _, ...unnamed } = run
    assert.ok(!isOfRun(generationOf(unnamed, 'x'), unnamed))
  })

  it('is still one where the run and its project have no name', () => {
    assert.equal(generationOf({ run: '', project: '', link: '' }, 'a1'), '-.a1')
    assert.ok(isGeneration(generationOf({ run: '7', project: 'shop', link: '' }, 'a1')))
  })

  it('is always one that an app takes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uuid(), (project, id, own) => {
        const some = { ...run, project, id }
        const generation = generationOf(some, own)
        assert.ok(isGeneration(generation), generation)
        assert.ok(isOfRun(generation, some), generation)
      }),
      { seed: 20261121 },
    )
  })
})
