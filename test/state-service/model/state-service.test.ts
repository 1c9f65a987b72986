// The service against a model of a task hub, its workers and its events, in random histories that a seed replays.
//
// What "false idle" means here: docs/state-service-proof.md. judge.ts says it of every answer.
//
// STATE_MODEL_SEED=123 npx mocha test/state-service/model/state-service.test.ts   replays one history and tells it step by step
// STATE_MODEL_HISTORIES=1000000                                                   how many there are
// STATE_MODEL_FIGURES=1                                                           tells the figures
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mutants } from './mutants.ts'
import type { Found } from './run-histories.ts'
import { runHistory, storyOf } from './run-history.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('run-histories.ts', import.meta.url))
const histories = Number(process.env['STATE_MODEL_HISTORIES'] ?? 10_000)
const seedToReplay = process.env['STATE_MODEL_SEED']
const processes = 2
const minute = 60_000

describe('the state service, in random histories of a task hub and its events', () => {
  if (seedToReplay !== undefined) {
    it(`with seed ${seedToReplay}`, async () => {
      const { wrong } = await runHistory(Number(seedToReplay))
      process.stdout.write(`${await storyOf(Number(seedToReplay))}\n`)
      assert.deepEqual(wrong, [])
    })
    return
  }

  it(`never says idle while there is work, and holds no idle hub (${histories} histories)`, async function () {
    this.timeout(Math.max(15 * minute, histories * 50))
    const share = Math.ceil(histories / processes)
    const all = await Promise.all(Array.from({ length: processes }, (_, at) => runShare(1 + at * share, share)))
    const [wrong] = all.flatMap((found) => found.wrong)
    if (wrong) assert.fail(`STATE_MODEL_SEED=${wrong.seed}: ${wrong.what}\n${await storyOf(wrong.seed)}`)
    const found = all.reduce(sum)
    if (process.env['STATE_MODEL_FIGURES'] !== undefined)
      process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
    assert.equal(found.histories, share * processes)
    // A model whose histories are all alike would prove nothing.
    const least = histories / 100
    const answers = ['idle proof', 'idle keptProof noWorkerSince', 'idle keptProof young', 'busy look', 'busy event']
    for (const kind of answers) assert.ok((found.answers[kind] ?? 0) > least, kind)
    for (const rest of ['idle', 'waiting']) assert.ok((found.rests[rest] ?? 0) > least, rest)
  })

  for (const [name, { says, ...mutant }] of Object.entries(mutants)) {
    it(`finds out a service that ${name}`, async function () {
      this.timeout(5 * minute)
      for (let seed = 1; seed < 20_000; seed++) {
        const { wrong } = await runHistory(seed, mutant)
        if (!wrong.some((what) => says.test(what))) continue
        // The service itself is right in the very same history.
        assert.deepEqual((await runHistory(seed, mutant.mostly ? { mostly: mutant.mostly } : {})).wrong, [])
        return
      }
      assert.fail('in none of them')
    })
  }

  it('tells the same story for the same seed', async () => {
    assert.equal(await storyOf(7), await storyOf(7))
    assert.notEqual(await storyOf(7), await storyOf(8))
  })
})

function sum(one: Found, other: Found): Found {
  const add = (some: Record<string, number>, more: Record<string, number>) => {
    const all = { ...some }
    for (const [kind, times] of Object.entries(more)) all[kind] = (all[kind] ?? 0) + times
    return all
  }
  return {
    wrong: [...one.wrong, ...other.wrong],
    histories: one.histories + other.histories,
    stale: one.stale + other.stale,
    answers: add(one.answers, other.answers),
    rests: add(one.rests, other.rests),
  }
}

/** Without coverage, which would be the most of the time: other tests measure it. */
async function runShare(first: number, count: number): Promise<Found> {
  const environment = { ...process.env }
  delete environment['NODE_V8_COVERAGE']
  const args = ['--no-experimental-require-module', '--import', 'tsx', script, String(first), String(count)]
  const { stdout } = await run(process.execPath, args, { env: environment })
  return JSON.parse(stdout) as Found
}
