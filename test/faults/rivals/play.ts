import type { Report } from '../../../core/report/report.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { production } from '../../../core/function-app/picture.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import type { Deps } from '../../../tasks/deps.ts'
import type { LockWanted } from '../../../tasks/lock/wanted.ts'
import { releaseAfterFailedJob } from '../../../tasks/RotateTaskHub/end-of-job.ts'
import { rotateTaskHub } from '../../../tasks/RotateTaskHub/run.ts'
import type { RotateWanted } from '../../../tasks/RotateTaskHub/wanted.ts'
import { slotSwap } from '../../../tasks/SlotSwap/run.ts'
import { Random } from '../../model/random.ts'
import { depsOf } from '../ports/deps.ts'
import type { Call, Witness } from '../ports/execution.ts'
import { Execution } from '../ports/execution.ts'
import type { Luck, Pipeline, TaskKind } from './pipelines.ts'
import { randomLuck, randomPipelines } from './pipelines.ts'
import { isClaimOf, Referee, slotHub } from './referee.ts'
import type { Scene } from './scene.ts'
import { hourMs, minuteMs, randomScene, slotsOn } from './scene.ts'

/** Changes what every execution is given: a mutant, or a storyteller. */
export type Twist = {
  readonly deps?: (deps: Deps) => Deps
  readonly scene?: (scene: Scene) => void
  readonly tell?: (line: string) => void
  /** Told of each call that has its effect. */
  readonly seen?: (execution: Execution, call: Call) => void
}

export type Played = { readonly problems: readonly string[]; readonly figures: ReadonlyMap<string, number> }

type Ended = {
  readonly name: string
  readonly task: TaskKind
  readonly execution: Execution
  readonly luck: Luck['kind']
  readonly result: 'succeeded' | 'failed' | 'refused' | 'killed' | 'broken'
  readonly message: string
  readonly said: readonly string[]
}

const staging = 'staging' as SlotName

export async function playRivals(seed: number, twist: Twist = {}): Promise<Played> {
  const random = new Random(seed)
  const scene = randomScene(random)
  const { world } = scene
  twist.scene?.(scene)
  const referee = new Referee(scene)
  const pipelines = randomPipelines(random)
  const story = new Story(scene, referee, { random, twist })
  for (const [index, pipeline] of pipelines.entries()) {
    world.time.at(world.now + pipeline.startsMs, () => story.begin(pipeline, `p${index}`))
  }
  story.left = pipelines.length
  const course = await world.time.pass(() => story.left === 0, { until: world.now + 100 * hourMs, mostEvents: 100_000 })
  if (course !== 'ended') referee.problems.push(`the story never ended: ${course}`)
  // What Azure still does, it does to the end.
  await world.time.pass(() => false, { until: world.now + hourMs, mostEvents: 10_000 })
  judgeEnd(scene, referee, { pipelines, ended: story.ended })
  for (const { result, task } of story.ended) referee.count(`${task} ${result}`)
  return { problems: [...new Set(referee.problems)], figures: referee.figures }
}

class Story {
  left = 0
  readonly ended: Ended[] = []
  readonly #scene: Scene
  readonly #referee: Referee
  readonly #random: Random
  readonly #twist: Twist

  constructor(scene: Scene, referee: Referee, { random, twist }: { random: Random; twist: Twist }) {
    this.#scene = scene
    this.#referee = referee
    this.#random = random
    this.#twist = twist
  }

  begin(pipeline: Pipeline, name: string, from = 0): void {
    const [task] = pipeline.tasks.slice(from)
    if (!task) {
      this.#over()
      return
    }
    this.#execute(pipeline, task, `${name}.${from}`, (end) => {
      this.ended.push(end)
      this.#twist.tell?.(`${this.#now()} ${end.name} (${end.luck}) ${end.result}: ${end.message}`)
      if (end.result === 'killed') {
        if (pipeline.startsAgainMs === undefined || name.length > 8) {
          this.#over()
          return
        }
        this.#in(pipeline.startsAgainMs, () => this.begin(pipeline, `${name}k`, from))
        return
      }
      if (end.result === 'succeeded') {
        this.#in(pipeline.betweenMs, () => this.begin(pipeline, name, from + 1))
        return
      }
      this.#endOfJob(pipeline, `${name}.end`)
    })
  }

  /** The part of RotateTaskHub that runs when its job has failed. */
  #endOfJob(pipeline: Pipeline, name: string): void {
    if (!pipeline.tasks.includes('rotate')) {
      this.#over()
      return
    }
    const execution = this.#enter(pipeline, 'rotate', {
      name,
      luck: randomLuck(new Random(this.#random.whole(1, 1e9))),
    })
    const deps = this.#deps(pipeline, execution)
    const wanted = rotateWanted(pipeline, false)
    this.#follow(execution, releaseAfterFailedJob(wanted, deps, 'failed', execution.signal), () => this.#over())
  }

  #over(): void {
    this.left--
  }

  #in(ms: number, act: () => void): void {
    this.#scene.world.time.at(this.#scene.world.now + ms, act)
  }

  #now(): string {
    return new Date(this.#scene.world.now).toISOString().slice(11, 23)
  }

  #enter(pipeline: Pipeline, task: TaskKind, { name, luck }: { name: string; luck: Luck }): Execution {
    const { world } = this.#scene
    const clockErrorMs = this.#random.whole(-300_000, 300_000)
    const execution = new Execution(
      name,
      { time: world.time, witness: this.#witness() },
      { clockErrorMs, chance: luck.chance },
    )
    this.#referee.enter({
      execution,
      run: pipeline.run,
      hub: pipeline.hub,
      mayTakeOver: pipeline.takesOver,
      mayRelease: task === 'release',
      sick: pipeline.sick,
    })
    return execution
  }

  #witness(): Witness {
    const { witness } = this.#referee
    return this.#twist.seen ? { ...witness, after: this.#twist.seen } : witness
  }

  #deps({ run }: Pipeline, execution: Execution) {
    const identity = { id: run, run, project: 'shop', link: `https://dev.example.net/${run}` }
    const deps = depsOf(this.#scene.world, execution, identity)
    return { ...(this.#twist.deps?.(deps) ?? deps), said: deps.said }
  }

  #execute(pipeline: Pipeline, task: TaskKind, name: string, then: (end: Ended) => void): void {
    const luck = randomLuck(new Random(this.#random.whole(1, 1e9)))
    const execution = this.#enter(pipeline, task, { name, luck })
    const deps = this.#deps(pipeline, execution)
    this.#twist.tell?.(`${this.#now()} ${name} ${task} of ${pipeline.run} begins (${luck.kind})`)
    const rest = { name, task, execution, luck: luck.kind, said: deps.said }
    this.#follow(execution, run(pipeline, task, deps, execution.signal), (outcome) => then({ ...rest, ...outcome }))
  }

  #follow(
    execution: Execution,
    work: Promise<Report | string>,
    then: (outcome: Pick<Ended, 'result' | 'message'>) => void,
  ): void {
    let isOver = false
    const once = (outcome: Pick<Ended, 'result' | 'message'>) => {
      if (isOver) return
      isOver = true
      if (execution.state === 'running') execution.state = 'ended'
      then(outcome)
    }
    work.then(
      (report) => {
        if (typeof report === 'string') once({ result: 'succeeded', message: report })
        else once({ result: report.result === 'failed' ? 'failed' : 'succeeded', message: report.message })
      },
      (error: unknown) => {
        const isKnown = error instanceof Error && ['Refusal', 'AzureFailure', 'Cancelled'].includes(error.name)
        const message = error instanceof Error ? ((isKnown ? error.message : error.stack) ?? '') : String(error)
        if (!isKnown) this.#referee.problems.push(`${execution.name} broke: ${message}`)
        once({ result: isKnown ? 'refused' : 'broken', message })
      },
    )
    execution.onKill = () => once({ result: 'killed', message: 'killed' })
  }
}

function judgeEnd(
  scene: Scene,
  referee: Referee,
  { pipelines, ended }: { pipelines: readonly Pipeline[]; ended: readonly Ended[] },
): void {
  const front = slotHub(scene, 'production')
  const [life] = [...scene.world.accounts.values()]
    .flatMap(({ lives }) => lives)
    .filter((each) => slotsOn(scene.app, each).length > 1)
  const possible = [scene.first, ...pipelines.map(({ hub }) => hub)]
  if (!possible.includes(front)) referee.problems.push(`production runs '${front}' in the end`)
  if (life && !referee.harmPossible) referee.problems.push(`both slots run '${life.name}' in the end`)
  for (const lock of referee.locks()) {
    const end = ended.find(({ execution }) => isClaimOf(execution, lock))
    if (end?.result !== 'succeeded' || end.task !== 'swap') continue
    if (end.said.some((line) => line.includes('could not be given back')))
      referee.count('locks that could not be given back')
    else referee.problems.push(`${end.name} ended well and left the lock: ${end.message}`)
  }
}

async function run(pipeline: Pipeline, task: TaskKind, deps: Deps, signal: AbortSignal): Promise<Report> {
  switch (task) {
    case 'rotate':
    case 'release':
      return await rotateTaskHub(rotateWanted(pipeline, task === 'release'), { ...deps, readHostJson }, signal)
    case 'swap':
      return await slotSwap(
        {
          ...shop,
          ...{ sourceSlot: staging, targetSlot: production, taskHub: { name: pipeline.hub as HubName } },
          ...{ preserveVnet: false, requireIdle: 'none', evidence: 'storage', healthCheckTimeoutMs: 2 * minuteMs },
          ...{ settleMs: 30_000, observeMs: 0, rollbackOnFailure: true, timeoutMs: 30 * minuteMs },
          lock: lockOf(pipeline, false),
          dryRun: false,
        },
        deps,
        signal,
      )
    case 'cleanup':
      return await cleanupTaskHub(
        {
          ...{ ...shop, slotName: staging, taskHubs: cleanUpOf(pipeline), keepLast: 0, minimumAgeMs: 0 },
          ...{ policy: strictPolicy, lock: lockOf(pipeline, false), dryRun: false },
        },
        deps,
        signal,
      )
  }
}

const readHostJson = () => Promise.reject(new Error('no package is given'))

/** Some clean up by the record, others what they name: hubs that may be in use again by now. */
function cleanUpOf({ waitMs }: Pipeline): readonly { readonly name: HubName }[] {
  return waitMs === 0 ? ['shop99', 'shop98'].map((name) => ({ name: name as HubName })) : []
}

const shop = {
  ...{ azureSubscription: 'shop-connection', appName: 'shop', resourceGroupName: 'shop-rg' },
  ...{ taskHubSetting: 'TaskHubName', storageSetting: 'AzureWebJobsStorage' },
}

function rotateWanted(pipeline: Pipeline, release: boolean): RotateWanted {
  const lock = lockOf(pipeline, true)
  return {
    ...{ ...shop, slotName: staging, taskHub: pipeline.hub as HubName, requireIdle: true, evidence: 'storage' },
    lock: release ? { ...lock, release: 'the run is gone', takeOver: 'that run is gone' } : lock,
    dryRun: false,
  }
}

function lockOf({ lockMs, waitMs, takesOver }: Pipeline, keep: boolean): LockWanted {
  return { take: true, keep, forMs: lockMs, waitMs, ...(takesOver ? { takeOver: 'that run is gone' } : {}) }
}
