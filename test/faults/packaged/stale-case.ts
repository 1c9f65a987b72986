// A run freezes at one of its requests, its lock expires, another run takes it, and the first one thaws.
import type { Finding } from '../suite.ts'
import { Child } from './child.ts'
import type { EndState } from './end-state.ts'
import { differenceOf, endStateOf } from './end-state.ts'
import { Job } from './job.ts'
import type { Plan } from './plan.ts'
import type { Point } from './points.ts'
import { isOfTask, labelOf, pointInWords } from './points.ts'
import { recordContainer } from './stage.ts'
import { appName } from './start.ts'
import { wrongEnding } from './verdict.ts'
import type { World } from './world.ts'

export type StaleCase = {
  readonly point: Point
  /** How far the clock of the frozen run and that of the other one are wrong. */
  readonly skewMs: readonly [number, number]
  /** A broken task, which looks at no lock: what the suite must catch. */
  readonly lockless?: true
}

const recordLabel = `/${recordContainer}/${appName}.json`

/**
 * From its thaw on the first run must change nothing any more. It may still enter what it did in the deployment record,
 * which is history and under its own ETag, as long as the lock in there stays the other's.
 */
export async function playStale(world: World, plan: Plan, { point, skewMs, lockless }: StaleCase): Promise<Finding> {
  const { task } = point
  const stage = await plan.stageBefore(task)
  const frozen = new Child()
  let freeze: () => void = () => undefined
  const isFrozen = new Promise<void>((resolve) => (freeze = resolve))
  let seen = 0
  world.azure.faults.add({
    ...{ times: 1, when: point.when, action: { kind: 'pass' } },
    only: (call) => isOfTask(call) && labelOf(call) === point.label && ++seen === point.nth,
    onStrike: () => {
      frozen.strike('SIGSTOP')
      freeze()
    },
  })
  const twist = { skewMs: skewMs[0], ...(lockless && { inputs: { lock: 'false' } }) }
  const running = Job.at(stage, task).run(task, { child: frozen, ...twist })
  const reached = await Promise.race([isFrozen.then(() => true), running.then(() => false)])
  if (!reached) {
    const ended = wrongEnding(await running)
    const what = `frozen ${pointInWords(point)}`
    return ended === undefined
      ? { ok: true, notReached: `${what}: it was not asked` }
      : { ok: false, because: `${what}, which was not asked: ${ended}` }
  }
  // What was on its way has landed before the lock can have expired.
  await stage.calm()
  await stage.expireLock()
  const generation = (await stage.readRecord())?.generation
  const other = new Job(stage, { buildId: '3' })
  const others = await other.run('RotateTaskHub', { skewMs: skewMs[1], inputs: { requireIdle: 'false' } })
  const before = await endStateOf(stage)
  const hasTaken = (await stage.readRecord())?.generation !== generation
  // The count goes with the log, and is not what is asked here.
  const accepted = { 'swaps that were accepted': before['swaps that were accepted'] ?? '' }
  world.azure.requests.clear()
  frozen.strike('SIGCONT')
  const run = await running

  const changes = world.azure.requests
    .all({ effect: true })
    .map(labelOf)
    .filter((label) => !label.endsWith(recordLabel))
  const difference = differenceOf(withoutHistory(before), withoutHistory({ ...(await endStateOf(stage)), ...accepted }))
  const problems = [
    ...(changes.length > 0 ? [`after it had lost the lock it sent ${changes.join(', ')}`] : []),
    ...(difference === undefined ? [] : [difference]),
    ...[wrongEnding(run), wrongEnding(others)].filter((problem) => problem !== undefined),
  ]
  if (problems.length === 0 && hasTaken) return { ok: true }
  if (problems.length === 0) {
    return {
      ok: true,
      notReached: `frozen ${pointInWords(point)}: the other took no lock (it said: ${others.message})`,
    }
  }
  const because = `frozen ${pointInWords(point)}: ${problems.join('; ')} (it said: ${run.message}; the other: ${others.message})`
  return { ok: false, because }
}

function withoutHistory(state: EndState): EndState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith('record: hub ')))
}
