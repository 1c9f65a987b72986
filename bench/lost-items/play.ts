import { setTimeout as delay } from 'node:timers/promises'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { hash } from '../idle-proof/server/random.ts'
import type { Judged, Repetition } from './judge.ts'
import { judge } from './judge.ts'
import type { Method } from './methods.ts'
import type { ReceivedRun } from './receiver.ts'
import { itemsPerRun, periodSeconds, scaled } from './scale.ts'
import type { Stage } from './stage.ts'

/** A machine with other work makes everything slow; longer than this is an error of the bench. */
const patienceMs = 120_000

export type LanePlan = {
  readonly method: Method
  readonly lane: string
  readonly repetitions: number
  readonly seed: number
  /** Told after each swap that can be judged. */
  readonly onSwap: () => void
}

export type Lane = {
  readonly judged: readonly Judged[]
  /** Why fewer swaps were judged than were asked for. */
  readonly stuck?: string
}

/** Swaps one app back and forth. One that stands still is left, and what was judged before counts. */
export async function playLane(stage: Stage, plan: LanePlan): Promise<Lane> {
  const { method, lane, repetitions, seed, onSwap } = plan
  const app = await stage.lane(lane, method.lane)
  const played: Repetition[] = []
  let stuck: string | undefined
  try {
    await method.prepare?.(stage, app)
    let from = performance.now()
    for (let at = 0; at < repetitions; at++) {
      const waitMs = (scaled(periodSeconds) * hash(seed, at)) / 2 ** 32
      const swapped = await swapOnce(stage, app, { method, waitMs })
      played.push({ lane, from, ...swapped })
      from = swapped.until
      onSwap()
    }
  } catch (error) {
    stuck = `App '${lane}', swap ${played.length + 1}: ${error instanceof Error ? error.message : String(error)}`
  }
  const received = stage.receiver.runs(lane)
  await stage.azure.removeFunctionApp(app)
  return { judged: played.map((repetition) => judge(repetition, received)), ...(stuck !== undefined && { stuck }) }
}

/**
 * One repetition:
 * 1. a run of the version in production has begun,
 * 2. a moment later, anywhere within one period of the timer, the new version takes over,
 * 3. the new version has ended a run that it began after that, and whatever else began before has ended or stands still.
 */
async function swapOnce(
  stage: Stage,
  app: FunctionApp,
  { method, waitMs }: { readonly method: Method; readonly waitMs: number },
): Promise<Pick<Repetition, 'swapAt' | 'overAt' | 'until'>> {
  const lane = app.name
  const old = versionOf(app, 'production')
  const began = performance.now()
  await heard(stage, lane, `a run of version ${old} began`, (runs) =>
    runs.some((run) => run.version === old && run.beganAt > began),
  )
  await delay(waitMs)
  const swapAt = performance.now()
  await method.takeOver(stage, app)
  const overAt = performance.now()
  const fresh = versionOf(app, 'production')
  const after = await heard(stage, lane, `version ${fresh} ended a run`, (runs) =>
    runs.find((run) => run.version === fresh && run.beganAt > overAt && run.taken.size === itemsPerRun),
  )
  const until = after.beganAt
  await settled(stage, { lane, until, drains: method.drains === true })
  return { swapAt, overAt, until }
}

function versionOf(app: FunctionApp, slot: string): string {
  return app.slot(slot).settings['TaskHubName']?.slice(-1) ?? ''
}

async function heard<T>(
  stage: Stage,
  lane: string,
  what: string,
  look: (runs: readonly ReceivedRun[]) => T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const next = stage.receiver.next()
    const found = look(stage.receiver.runs(lane))
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline)
      throw new Error(`App '${lane}': it did not come about within ${patienceMs / 1000} s that ${what}.`)
    await Promise.race([next, delay(1000, undefined, { ref: false })])
  }
}

/**
 * Every run that began before is whole. Where nothing goes on with what was cut off, it is enough that none of those that are
 * not whole has got an item for three runs' time; where something does, that is waited for, but not for ever.
 */
async function settled(
  stage: Stage,
  { lane, until, drains }: { readonly lane: string; readonly until: number; readonly drains: boolean },
): Promise<void> {
  const quietMs = drains ? patienceMs : scaled(3 * itemsPerRun)
  let since = performance.now()
  let seen = -1
  for (;;) {
    const open = stage.receiver.runs(lane).filter((run) => run.beganAt < until && run.taken.size < itemsPerRun)
    const items = open.reduce((sum, run) => sum + run.taken.size, 0)
    if (open.length === 0) return
    if (items !== seen) {
      seen = items
      since = performance.now()
    }
    if (performance.now() - since > quietMs) return
    await delay(scaled(1))
  }
}
