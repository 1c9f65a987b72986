// One schedule: a hub in some state, an observer that waits until it is idle, and what the oracle says to that.
import type { Clock, Log } from '../../core/ports.ts'
import type { Ask, Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { type IdlePolicy, strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { HubReader } from '../../core/task-hub/idle-proof/hub-reader.ts'
import { lookAtHub } from '../../core/task-hub/idle-proof/look.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { waitUntilIdle } from '../../core/task-hub/idle-proof/prove-idle.ts'
import { comeToRest, happen, inStory, pass, prepare } from './life.ts'
import { ModelReader, type LookTimes } from './model-reader.ts'
import { heldOnPurpose, isLeftover, workIn, type Work } from './oracle.ts'
import { Random } from './random.ts'
import { isIgnored, type Setting } from './state.ts'
import { World } from './world.ts'

export const hub = { account: { name: 'acct', id: 'acct' }, name: 'Orders' as HubName }
export const policy: IdlePolicy = { ...strictPolicy, ignoreInstances: [{ field: 'name', pattern: 'Forever' }] }

const hour = 3_600_000
const noLog: Log = { info: () => undefined, warn: () => undefined, progress: () => undefined }

/** What a mutant changes about the observer; nothing for the observer itself. */
export type Observer = {
  /** How much the reader is trusted less, or more, than it should be. */
  readonly reader?: (inner: HubReader) => HubReader
  /** What of a look gets lost. */
  readonly evidence?: (evidence: Evidence) => Evidence
  /** One look is enough. */
  readonly proofs?: 1
}

export type Outcome = {
  readonly seed: number
  readonly verdict: 'idle' | 'busy' | 'unknown'
  readonly looks: number
  /** What the verdict idle overlooked. */
  readonly missed: readonly Work[]
  /** Set where a hub at rest, without work, was not said to be idle. */
  readonly held?: string
  /** Set where a hub that nothing proves idle was said to be. */
  readonly trusted?: string
  /** At rest: nothing, leftovers, work that waits for people, or rows that are held on purpose. */
  readonly rest: 'ignored' | 'empty' | 'leftovers' | 'waiting' | 'heldOnPurpose' | 'never' | 'notAsked'
  readonly world: World
}

export function newWorld(seed: number, twist: Partial<Setting> = {}, story?: string[]): World {
  const random = new Random(seed)
  const chainOnly = random.chance(0.1)
  const world = new World(
    random,
    {
      partitions: random.pick([1, 2, 2, 2, 3]),
      workers: random.pick([1, 2, 2, 3]),
      startsNeedRow: random.chance(0.5),
      workerAheadMs: random.pick([0, 0, 0, 2000, -2000, 60_000, -60_000]),
      crashes: random.chance(0.5),
      purgeAfterMs: 120_000,
      clientActs: chainOnly ? 0 : random.whole(1, 6),
      chainOnly,
      ...twist,
    },
    story,
  )
  prepare(world)
  return world
}

/** How eagerly the world goes on between two reads of one schedule. */
export function pauses(world: World): () => void {
  const { random } = world
  const eager = random.pick([0.15, 0.5, 0.8])
  // Five steps take a start from its message to its end.
  const [least, most] = random.pick([
    [1, 2],
    [1, 6],
    [5, 6],
    [1, 15],
  ] as const)
  return () => {
    if (!random.chance(eager)) return
    for (let left = random.whole(least, most); left > 0; left--) happen(world)
  }
}

export async function runSchedule(
  seed: number,
  observer: Observer = {},
  { twist = {}, story }: { readonly twist?: Partial<Setting>; readonly story?: string[] | undefined } = {},
): Promise<Outcome> {
  const world = newWorld(seed, twist, story)
  const { random } = world
  const between = pauses(world)
  const model = new ModelReader(world, { between, requestsEach: random.pick([1, 1, 30]) })
  const reader = observer.reader?.(model) ?? model
  const look = async (signal: AbortSignal, ask: Ask = {}): Promise<Evidence> => {
    const evidence = await lookAtHub(reader, { hub, policy }, ask, signal)
    world.tell(`LOOK ${model.looks.length}: ${evidence.verdict}: ${evidence.because}`)
    return observer.evidence?.(evidence) ?? evidence
  }
  const clock = clockOf(world)
  const options = {
    timeoutMs: random.pick([0, 0, 60_000]),
    pollIntervalMs: random.pick([20_000, 60_000]),
    quietPeriodMs: random.pick([0, 1000, 30_000, 30_000]),
  }
  const { signal } = new AbortController()
  const wait = async (timeoutMs: number): Promise<Evidence> =>
    observer.proofs === 1
      ? await look(signal)
      : (await waitUntilIdle({ look, clock, log: noLog }, { ...options, timeoutMs }, signal)).evidence

  const { verdict } = await wait(options.timeoutMs)
  const first = model.looks.at(observer.proofs === 1 ? -1 : -2)
  const missed = verdict === 'idle' && first ? workIn(world).filter((work) => existedAt(first, work)) : []
  const outcome = { seed, verdict, looks: model.looks.length, missed, world }
  if (missed.length > 0) return { ...outcome, rest: 'notAsked' }

  world.isCalm = true
  world.tell('CLIENTS STOP, and the hub comes to rest')
  if (comeToRest(world, (message) => !isIgnored(message.to) && !isLeftover(world, message)) === 'never')
    return { ...outcome, rest: 'never' }
  if (workIn(world).length > 0) return { ...outcome, rest: 'waiting' }
  // Messages of ignored instances count as work: when they come and go is not told.
  if ([...world.messages].some(({ to }) => isIgnored(to))) return { ...outcome, rest: 'ignored' }
  const leftovers = world.messages.size
  const onPurpose = heldOnPurpose(world)
  // Leftovers may come to be due while it is looked at: what passes is not held for good.
  const proven = await wait(onPurpose.length > 0 ? 0 : hour)
  if (onPurpose.length > 0) {
    const held = proven.verdict === 'idle' ? { trusted: onPurpose.join(', ') } : {}
    return { ...outcome, rest: 'heldOnPurpose', ...held }
  }
  const rest = leftovers > 0 ? 'leftovers' : 'empty'
  return { ...outcome, rest, ...(proven.verdict === 'idle' ? {} : { held: proven.because }) }
}

function existedAt({ counted }: LookTimes, { origin }: Work): boolean {
  return origin.at <= (counted.get(origin.queue) ?? 0)
}

function clockOf(world: World): Clock {
  return {
    now: () => new Date(world.now),
    sleep: (ms) => {
      world.tell(`(the observer sleeps ${ms} ms)`)
      pass(world, ms)
      return Promise.resolve()
    },
  }
}

/** The same schedule again, told step by step. */
export async function storyOf(seed: number, observer: Observer = {}, twist: Partial<Setting> = {}): Promise<string> {
  const story: string[] = []
  const outcome = await runSchedule(seed, observer, { twist, story })
  const { verdict, missed, held, rest, world } = outcome
  const work = missed.map(
    ({ kind, key, origin }) => `${kind} ${key}, from moment ${origin.at} in queue ${origin.queue}`,
  )
  return [
    `seed ${seed}, ${JSON.stringify(world.setting)}`,
    ...story,
    inStory(world),
    `verdict ${verdict}; overlooked: ${work.join('; ') || 'nothing'}; at rest: ${rest}${held ? `, held by ${held}` : ''}`,
  ].join('\n')
}
