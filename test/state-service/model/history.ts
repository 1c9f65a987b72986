// One history: a hub with its clients, workers and crashes, the events of its hosts on their way, and the service that is asked.
import type { HubMark } from '../../../core/lifecycle/hub-mark.ts'
import type { Log } from '../../../core/ports.ts'
import { strictPolicy, type IdlePolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { createService } from '../../../state-service/create-service.ts'
import type { Documents } from '../../../state-service/documents/documents.ts'
import type { StateService, StatusQuestion } from '../../../state-service/service.ts'
import { memoryDocuments } from '../../../state-service/documents/store-memory.ts'
import type { ServiceDeps } from '../../../state-service/watched.ts'
import { beginWaiting } from '../../model/client.ts'
import { happen, pass } from '../../model/life.ts'
import { Random } from '../../model/random.ts'
import { newWorld, pauses, policy as withoutForever } from '../../model/schedule.ts'
import { die } from '../../model/worker.ts'
import type { World } from '../../model/world.ts'
import { Courier } from './courier.ts'
import { remoteDocuments } from './documents.ts'
import { judge, type Request } from './judge.ts'
import { app, elsewhere, home, slot, watch, type Azure } from './model-hubs.ts'
import { Turns, type Process } from './turns.ts'

const noLog: Log = { info: () => undefined, warn: () => undefined, progress: () => undefined }
const by = { run: '1', project: 'shop', link: 'https://dev.azure.com/1' }
const minute = 60_000
/** Whatever is under way comes to an end within so many turns, or the model has lost it. */
export const mostTurns = 20_000

/** What a mutant of the service gets wrong. */
export type Mutant = {
  /** It shows in histories only that are rare: where events get through at once, of starts at the worst moments; and slots move. */
  readonly mostly?: 'heard' | 'cleanUps'
  readonly mark?: (mark: HubMark) => HubMark
  readonly service?: (
    deps: ServiceDeps,
    questionOf: (signal: AbortSignal) => StatusQuestion | undefined,
  ) => StateService
}

/** Answers, by verdict and what it rests on, such as `idle keptProof young`. */
export type Answers = Record<string, number>

type Running = { readonly process: Process; readonly service: StateService }

export class History {
  readonly world: World
  readonly azure: Azure
  readonly courier: Courier
  readonly wrong: string[] = []
  readonly answers: Answers = {}
  /** Answers that rest on a proof as old as the caller accepts, which one made now would contradict. */
  stale = 0
  readonly #mutant: Mutant
  readonly #documents: Documents = memoryDocuments()
  readonly #running: Running[]
  readonly #policies: readonly IdlePolicy[]
  readonly #quietPeriodMs: number
  readonly #moves: boolean
  readonly #scalesIn: boolean
  readonly #mayFail: boolean
  /** How often something more comes from outside. */
  readonly #busyness: number
  #late: number
  readonly #questions = new WeakMap<AbortSignal, StatusQuestion>()
  readonly #tasks = new Map<symbol, Process>()
  #processes = 0

  constructor(seed: number, mutant: Mutant = {}, story?: string[]) {
    const { comeAndGo, clientActs } = habits(seed)
    const world = newWorld(seed, { comeAndGo, clientActs }, story)
    const { random } = world
    const between = pauses(world)
    this.world = world
    this.#mutant = mutant
    const isHeard = mutant.mostly !== undefined
    this.courier = new Courier(world, isHeard ? { lost: 0 } : {})
    this.azure = {
      world,
      turns: new Turns(world, between),
      between,
      requestsEach: random.pick([1, 1, 30]),
      faults: random.pick([0, 0, 0.01]),
      place: home,
      armFails: false,
      proofs: [],
      marks: new WeakMap(),
      ambush: ambushes(world, isHeard ? { share: 0.3, most: 20 } : {}),
      wrongMark: mutant.mark,
    }
    this.#mayFail = this.azure.faults > 0
    this.#policies = random.pick([[withoutForever], [withoutForever], [withoutForever, strictPolicy]])
    this.#quietPeriodMs = random.pick([0, 1000, 5000, 30_000])
    this.#busyness = random.pick([0.05, 0.15, 0.4])
    this.#moves = random.chance(0.3) || mutant.mostly === 'cleanUps'
    this.#scalesIn = comeAndGo > 0 && random.chance(0.3)
    this.#late = random.pick([0, 0.05])
    this.#running = Array.from({ length: random.pick([1, 1, 2]) }, () => this.#start())
  }

  /** Some things happen, one after the other or side by side. */
  async live(): Promise<void> {
    const { random } = this.world
    for (let left = random.whole(8, 24); left > 0 && this.wrong.length === 0; left--) {
      if (random.chance(this.#busyness)) this.world.clientActs += 1
      await this.#begin()
      await this.go(random.pick([0, 2, 10, mostTurns, mostTurns]))
    }
    await this.go(mostTurns)
  }

  /** Nothing fails any more. Events that are on their way may still come in. */
  async calmDown(): Promise<void> {
    const { world, azure, courier } = this
    world.isCalm = true
    world.leases.acquireAll(world.now)
    Object.assign(azure, { armFails: false, place: home, faults: 0 })
    this.#late = 0
    while (world.random.chance(0.9) && courier.hasMail()) this.#deliver()
    await this.go(mostTurns)
    courier.stop()
  }

  /** Up to so many turns; events come in meanwhile. */
  async go(turns: number): Promise<void> {
    const { courier, azure, world } = this
    for (let left = turns; left > 0; left--) {
      if (courier.hasMail() && world.random.chance(courier.isEager ? 0.8 : 0.1)) this.#deliver()
      if (this.#tasks.size === 0 || !(await azure.turns.next())) return
    }
    if (turns >= mostTurns) throw new Error('something never ends')
  }

  ask(policy: IdlePolicy, maxProofAgeMs: number): void {
    const { world, azure, courier } = this
    const { process, service } = world.random.pick(this.#running)
    const { signal } = new AbortController()
    const question: StatusQuestion = { app: app.name, slot, policy, maxProofAgeMs, waitMs: 20_000 }
    const { moment, now: atMs } = world
    const request: Request = { policy, maxProofAgeMs, signal, moment, atMs, told: courier.told.length }
    this.#questions.set(signal, question)
    world.tell(
      `ASKED (${process.name}): ${policy.ignoreInstances.length > 0 ? 'without Forever' : 'all'}, ${maxProofAgeMs} ms`,
    )
    this.#do(process, async () => {
      const reply = await service.status(question, signal)
      if ('kind' in reply) throw new Error('not watched')
      const { verdict, grounds, keptBecause = '', because } = reply
      world.tell(`ANSWER (${process.name}): ${verdict} ${grounds} ${keptBecause}: ${because}`)
      const { wrong, isStale } = judge(azure, courier, request, reply)
      for (const each of wrong) world.tell(`WRONG: ${each}`)
      this.wrong.push(...wrong)
      if (isStale) this.stale += 1
      const kind = `${verdict} ${grounds} ${keptBecause}`.trim()
      this.answers[kind] = (this.answers[kind] ?? 0) + 1
      this.lastAnswer = `${verdict}: ${because}`
      if (verdict === 'idle') azure.ambush()
    })
  }

  lastAnswer = ''

  reconcile(): void {
    const { process, service } = this.world.random.pick(this.#running)
    this.world.tell(`RECONCILE (${process.name})`)
    this.#do(process, () => service.reconcile(new AbortController().signal))
  }

  async #begin(): Promise<void> {
    const { world, azure, courier } = this
    const { random } = world
    if (this.#moves && this.lastAnswer.startsWith('idle') && random.chance(0.25)) {
      await this.#move()
      return
    }
    // An app that has nothing to do is scaled in.
    if (this.#scalesIn && world.leases.workersAlive && this.lastAnswer.startsWith('idle')) die(world)
    // What was proven is asked about again before much can happen.
    if (this.lastAnswer.startsWith('idle') && random.chance(0.7)) {
      pass(world, random.pick([0, 0, 1000, 10_000]))
      this.ask(random.pick(this.#policies), random.pick([0, minute, 10 * minute]))
      return
    }
    const share = random.fraction()
    if (share < 0.45) this.ask(random.pick(this.#policies), random.pick([0, 0, 0, minute, 10 * minute]))
    else if (share < 0.65) pass(world, random.pick([0, 1000, 10_000, 40_000, 2 * minute, 20 * minute]))
    else if (share < 0.75) this.#deliver()
    else if (share < 0.8) courier.forge()
    else if (share < 0.86) this.reconcile()
    else if (share < 0.9) this.#restart()
    else if (share < 0.93) azure.armFails = !azure.armFails && random.chance(0.5)
    else if (share < 0.95) this.#announce()
    else if (this.#moves) await this.#move()
  }

  /** Mostly for a moment only. */
  async #move(): Promise<void> {
    const { world, azure } = this
    azure.place = azure.place === home ? world.random.pick(elsewhere) : home
    world.tell(`THE SLOT MOVES to ${azure.place.account}/${azure.place.name}`)
    if (azure.place === home) return
    if (world.random.chance(0.7)) this.#cleanUp()
    if (world.random.chance(0.7)) {
      await this.go(mostTurns)
      azure.place = home
      world.tell('THE SLOT MOVES back')
    }
  }

  #cleanUp(): void {
    const { world, azure } = this
    const { process, service } = world.random.pick(this.#running)
    const taskHub = { name: home.name, ...(world.random.chance(0.5) ? { account: azure.place.account } : {}) }
    world.tell(`CLEAN-UP of ${taskHub.account ?? ''}/${taskHub.name}`)
    this.#do(process, () => service.cleanUp(app.name, { taskHub, by }, new AbortController().signal))
  }

  #announce(): void {
    const { world } = this
    const { process, service } = world.random.pick(this.#running)
    const { signal } = new AbortController()
    const taskHub = { name: world.random.pick(['Orders', 'Other']) }
    const swap = { id: `${world.now}`, sourceSlot: slot, targetSlot: 'production', taskHub, by }
    world.tell(`ANNOUNCED: ${taskHub.name}`)
    this.#do(process, async () => {
      if (world.random.chance(0.5)) await service.announceSwap(app.name, swap, signal)
      else await service.announceStaging({ app: app.name, slot }, { taskHub, build: '7', by }, signal)
    })
  }

  #deliver(): void {
    const { process, service } = this.world.random.pick(this.#running)
    if (this.courier.hasMail()) this.#do(process, () => this.courier.deliver(service, process))
  }

  /** A process ends with all that it had in memory, and another one begins. */
  #restart(): void {
    const { random } = this.world
    const at = random.whole(0, this.#running.length - 1)
    const process = this.#running[at]?.process
    if (!process) return
    this.world.tell(`${process.name} ENDS`)
    process.isAlive = false
    for (const [task, owner] of this.#tasks) if (owner === process) this.#tasks.delete(task)
    this.courier.afterEndOf(process)
    this.#running[at] = this.#start()
  }

  #start(): Running {
    const { world, azure } = this
    const { turns } = azure
    const process: Process = {
      name: `service ${++this.#processes}`,
      isAlive: true,
      lifetime: new AbortController().signal,
    }
    const now = () => new Date(world.now)
    const deps: ServiceDeps = {
      documents: remoteDocuments(this.#documents, azure, process),
      watched: watch(azure, process),
      clock: { now, sleep: (ms) => turns.wait(process, world.now + Math.ceil(ms)) },
      log: noLog,
      newId: () => `${world.nextNumber()}`,
      random: () => world.random.fraction(),
      version: '1',
      quietPeriodMs: this.#quietPeriodMs,
      inTime: async (_, work) => (world.random.chance(this.#late) ? 'late' : await work),
      lifetime: process.lifetime,
    }
    const service = this.#mutant.service?.(deps, (signal) => this.#questions.get(signal)) ?? createService(deps)
    return { process, service }
  }

  #do(process: Process, act: () => Promise<unknown>): void {
    const task = Symbol()
    this.#tasks.set(task, process)
    act().then(
      () => this.#tasks.delete(task),
      (error: unknown) => {
        this.#tasks.delete(task)
        const isFault = error instanceof Error && error.name === 'AzureFailure' && this.#mayFail
        if (!isFault) this.wrong.push(`failed: ${String(error)}`)
      },
    )
  }
}

/** In some histories somebody starts something as soon as a look has found nothing, and it gets as far as it can. */
function ambushes(world: World, given: { readonly share?: number; readonly most?: number }): () => void {
  const { random } = world
  const { share, most } = { share: random.pick([0, 0, 0.1, 0.3]), most: random.pick([1, 2, 20]), ...given }
  return () => {
    if (world.isCalm || !random.chance(share)) return
    beginWaiting(world)
    for (let left = random.whole(0, most); left > 0; left--) happen(world)
  }
}

/** Of the hub's clients and workers; before the world makes choices of its own. */
function habits(seed: number): { readonly comeAndGo: number; readonly clientActs: number } {
  const random = new Random(seed ^ 0x5eed)
  return { comeAndGo: random.pick([0, 0.001, 0.003, 0.01, 0.05]), clientActs: random.whole(0, 4) }
}
