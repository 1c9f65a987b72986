// Two to four runs of pipelines on one app: what each does, when, and what is to befall it.
import type { Random } from '../../model/random.ts'
import type { Call, Execution, Fortune } from '../ports/execution.ts'
import { hourMs, minuteMs } from './scene.ts'

export type TaskKind = 'rotate' | 'swap' | 'cleanup' | 'release'

export type Pipeline = {
  /** All that have one are the same run: reruns of it, while former processes may still live. */
  readonly run: string
  /** The hub that it deploys. */
  readonly hub: string
  readonly startsMs: number
  readonly tasks: readonly TaskKind[]
  /** Between two tasks: a deployment, an approval. */
  readonly betweenMs: number
  readonly lockMs: number
  readonly waitMs: number
  readonly takesOver: boolean
  /** Starts again this long after an execution of it was killed; undefined = never. */
  readonly startsAgainMs: number | undefined
  /** What it deploys does not start. */
  readonly sick: boolean
}

const stories: readonly (readonly TaskKind[])[] = [
  ['rotate', 'swap', 'cleanup'],
  ['rotate', 'swap', 'cleanup'],
  ['rotate', 'swap'],
  ['swap', 'cleanup'],
  ['rotate', 'cleanup'],
  ['cleanup'],
]

export function randomPipelines(random: Random): readonly Pipeline[] {
  const made: Pipeline[] = []
  for (let count = random.whole(2, 4), index = 0; index < count; index++) {
    const former = made.length > 0 && random.chance(0.3) ? random.pick(made) : undefined
    const tasks = random.pick(stories)
    made.push({
      run: former?.run ?? `run${101 + index}`,
      hub: former?.hub ?? (tasks[0] === 'swap' ? 'shop99' : `shop${101 + index}`),
      startsMs:
        (former?.startsMs ?? 0) +
        Math.floor(random.chance(0.5) ? random.whole(0, 3_000) : spread(random, 30 * minuteMs)),
      tasks: random.chance(0.07) ? ['release', ...tasks] : tasks,
      betweenMs: random.chance(0.5) ? 0 : spread(random, 3 * hourMs),
      lockMs: random.pick([15, 15, 120]) * minuteMs,
      waitMs: random.pick([0, 30, 180]) * minuteMs,
      takesOver: random.chance(0.15),
      startsAgainMs: random.chance(0.7) ? spread(random, 2 * hourMs) : undefined,
      sick: random.chance(0.05),
    })
  }
  return made
}

/** From 1 ms to `most`, as likely short as long. */
function spread(random: Random, most: number): number {
  return Math.floor(Math.exp(random.fraction() * Math.log(most)))
}

export type Luck = {
  readonly kind: 'quick' | 'slow' | 'lossy' | 'lostChange' | 'paused' | 'pausedAtSend' | 'killed' | 'cancelled'
  readonly chance: (call: Call, execution: Execution) => Fortune
}

const isChange = ({ name, mutates }: Call) => mutates && name !== 'write record'

/** What befalls one execution. Whatever it is, no request takes longer than its timeout. */
export function randomLuck(random: Random): Luck {
  const kind = random.pick([
    'quick',
    'quick',
    'slow',
    'lossy',
    'lostChange',
    'paused',
    'pausedAtSend',
    'killed',
    'cancelled',
  ] as const)
  const at = random.chance(0.5) ? random.whole(1, 30) : random.whole(1, 150)
  const changeAt = random.whole(1, 3)
  const pauseMs = spread(random, 6 * hourMs)
  const lossy = kind === 'lossy' ? random.pick([0.03, 0.15]) : random.chance(0.3) ? 0.01 : 0
  let calls = 0
  let changes = 0
  const chance = (call: Call): Fortune => {
    calls++
    if (isChange(call)) changes++
    const isSlow = kind === 'slow' ? random.chance(0.3) : random.chance(0.02)
    const isLost = kind === 'lostChange' && isChange(call) && changes === changeAt
    const fate =
      isLost || random.chance(lossy) ? random.pick(['lostBefore', 'lostAfter', 'refused'] as const) : 'answered'
    const isHere = calls === at
    return {
      fate,
      toEffectMs: isSlow ? spread(random, 45_000) : random.whole(5, 120),
      toReplyMs: isSlow ? spread(random, 45_000) : random.whole(5, 120),
      suspendedMs: kind === 'pausedAtSend' && isChange(call) && changes === changeAt ? pauseMs : 0,
      asleepMs: kind === 'paused' && isHere ? pauseMs : 0,
      ...(kind === 'killed' && isHere ? { then: 'kill' as const } : {}),
      ...(kind === 'cancelled' && isHere ? { then: 'cancel' as const } : {}),
    }
  }
  return { kind, chance }
}
