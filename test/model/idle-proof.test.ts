// The idle proof against a model of a task hub, in random schedules that a seed replays.
//
// What "false idle" means. A start that arrives in a queue after that queue was counted can be seen by nobody: tables and queues
// cannot be read at one moment, and a short orchestration can run from its message to its end between two reads. So nothing can
// be promised of what comes from outside once a proof has begun; that is why starters are fenced first. The strongest statement
// that holds: WHEN A VERDICT OF IDLE IS GIVEN, THE HUB HOLDS NO WORK THAT STEMS FROM ANYTHING THAT HAD ARRIVED IN A QUEUE BEFORE THE FIRST
// OF THE TWO PROOFS COUNTED THAT QUEUE. Work stems from a start if it is the instance, its activities, its children or theirs, however
// often it has moved from one queue to another since. An instance that is ignored counts as outside: what it starts is a start.
//
// What work is, the oracle says (oracle.ts). "Held for good": a hub in which nothing moves any more, and which holds no work, is
// not proven idle within an hour; except where a row is there that nothing proves over (oracle.ts, `heldOnPurpose`).
//
// MODEL_SEED=123 npx mocha test/model/idle-proof.test.ts   replays one schedule and tells it step by step
// MODEL_SCHEDULES=1000000                                  how many there are
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mutants } from './mutants.ts'
import type { Found } from './run-schedules.ts'
import { runSchedule, storyOf } from './schedule.ts'
import { statusCheckErrors } from './status-check.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('run-schedules.ts', import.meta.url))
const schedules = Number(process.env['MODEL_SCHEDULES'] ?? 100_000)
const seedToReplay = process.env['MODEL_SEED']
const processes = 2
const minute = 60_000

describe('the idle proof, in random schedules of a task hub', () => {
  if (seedToReplay !== undefined) {
    it(`with seed ${seedToReplay}`, async () => {
      const { missed, held, trusted } = await runSchedule(Number(seedToReplay))
      const story = await storyOf(Number(seedToReplay))
      process.stdout.write(`${story}\n`)
      assert.deepEqual([missed, held, trusted], [[], undefined, undefined])
    })
    return
  }

  it(`never says idle while there is work, and holds no idle hub (${schedules} schedules)`, async function () {
    this.timeout(15 * minute)
    const share = Math.ceil(schedules / processes)
    const all = await Promise.all(Array.from({ length: processes }, (_, at) => runShare(1 + at * share, share)))
    const [wrong] = all.flatMap((found) => found.wrong)
    if (wrong) assert.fail(`MODEL_SEED=${wrong.seed}: ${wrong.how}\n${await storyOf(wrong.seed)}`)
    const count = (pick: (found: Found) => number | undefined) =>
      all.reduce((sum, found) => sum + (pick(found) ?? 0), 0)
    assert.equal(
      count((found) => found.schedules),
      share * processes,
    )
    // A model whose hubs are all alike would prove nothing.
    const least = schedules / 1000
    for (const verdict of ['idle', 'busy']) assert.ok(count(({ verdicts }) => verdicts[verdict]) > least, verdict)
    for (const rest of ['empty', 'leftovers', 'waiting', 'heldOnPurpose']) {
      assert.ok(count(({ rests }) => rests[rest]) > least, rest)
    }
  })

  for (const [name, { wrong, observer, from }] of Object.entries(mutants)) {
    it(`finds out an observer with ${name}`, async function () {
      this.timeout(5 * minute)
      let seed = from
      for (; seed < from + 40_000; seed++) {
        const outcome = await runSchedule(seed, observer)
        const found = wrong === 'missed' ? outcome.missed.length > 0 : outcome[wrong] !== undefined
        if (!found) continue
        // The rule itself is right about the very same hub.
        const own = await runSchedule(seed)
        assert.deepEqual([own.missed, own.held, own.trusted], [[], undefined, undefined])
        return
      }
      assert.fail(`not in the seeds from ${from} to ${seed}`)
    })
  }

  it('finds every known error of the documented StatusCheck', function () {
    this.timeout(minute)
    const errors = new Set<string>()
    for (let seed = 1; seed <= 2000; seed++) for (const error of statusCheckErrors(seed)) errors.add(error)
    for (const error of [
      'idle on an empty first page',
      'idle in spite of: suspended orchestration',
      'idle in spite of: start without a row',
      'idle in spite of: activity',
      'idle in spite of: entity operation',
      'never idle with an entity',
    ]) {
      assert.ok(errors.has(error), error)
    }
  })

  it('tells the same story for the same seed', async () => {
    assert.equal(await storyOf(7), await storyOf(7))
    assert.notEqual(await storyOf(7), await storyOf(8))
  })
})

/** Without coverage, which would be the most of the time: other tests measure it. */
async function runShare(first: number, count: number): Promise<Found> {
  const environment = { ...process.env }
  delete environment['NODE_V8_COVERAGE']
  const args = ['--no-experimental-require-module', '--import', 'tsx', script, String(first), String(count)]
  const { stdout } = await run(process.execPath, args, { env: environment })
  return JSON.parse(stdout) as Found
}
