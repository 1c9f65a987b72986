// Lifecycle events between the hosts of a model hub and the service: lost, doubled, late, out of order, forged.
import type { LifecycleEvent, LifecycleStatus } from '../../../core/lifecycle/event.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { StateService } from '../../../state-service/service.ts'
import { nameOf, type Published } from '../../model/state.ts'
import type { World } from '../../model/world.ts'
import type { Process } from './turns.ts'

type Letter = { readonly event: LifecycleEvent; readonly published?: Published; readonly notBefore: number }
type Delivery = { readonly process: Process; readonly letters: readonly Letter[]; readonly span: Span }

/** When a delivery was begun, and when it was acknowledged. */
export type Span = { readonly from: number; until: number }

/** That the service took in, and acknowledged, what was published of an instance. */
export type Told = { readonly published: Published; readonly ackedMoment: number }

export class Courier {
  /** In the order of their acknowledgement. */
  readonly told: Told[] = []
  readonly spans: Span[] = []
  isEager = false
  readonly #world: World
  readonly #lost: number
  readonly #terminated: 'never' | 'asCompleted' | 'told'
  #box: Letter[] = []
  readonly #sent: Letter[] = []
  #underWay: Delivery[] = []

  /** `lost`: how many of the events get lost, from 0 to 1; not set: as it comes. */
  constructor(world: World, { lost }: { readonly lost?: number } = {}) {
    const { random } = world
    this.#world = world
    const usual = random.pick([0, 0.3, 0.3, 0.3, 1])
    this.#lost = lost ?? usual
    this.#terminated = random.pick(['never', 'never', 'asCompleted', 'told'])
    this.isEager = random.chance(0.3) || lost === 0
    world.publish = (published) => {
      this.#publish(published)
    }
  }

  #publish(published: Published): void {
    const { random, now } = this.#world
    if (random.chance(this.#lost)) return
    const status = this.#statusOf(published)
    if (!status) return
    const { key } = published
    const event = {
      id: `${key} ${published.at} ${status}`,
      hub: hubName,
      instanceId: key,
      functionName: nameOf(key),
      status,
    }
    for (let left = random.pick([1, 1, 1, 2, 3]); left > 0; left--) {
      const lateMs = this.isEager ? 0 : random.pick([0, 0, 0, random.whole(0, 40_000), random.whole(0, 600_000)])
      this.#box.push({ event, published, notBefore: now + lateMs })
    }
  }

  #statusOf({ status }: Published): LifecycleStatus | undefined {
    if (status === 'Completed' && this.#world.random.chance(0.1)) return 'Failed'
    if (status !== 'Terminated' || this.#terminated === 'told') return status
    return this.#terminated === 'asCompleted' ? 'Completed' : undefined
  }

  /** What nobody published, or of other hubs. */
  forge(): void {
    const { random, now } = this.#world
    const hub = random.pick(['Orders', 'ORDERS', 'Others', 'Other']) as HubName
    const instanceId = random.pick(['Order1', 'Order2', 'nobody', '@counter@a', 'x'.repeat(400)])
    const status = random.pick(['Running', 'Completed', 'Failed', 'Terminated'] as const)
    this.#box.push({
      event: { id: `forged ${now}`, hub, instanceId, functionName: 'Order', status },
      notBefore: now,
    })
  }

  hasMail(): boolean {
    return this.#box.some(({ notBefore }) => notBefore <= this.#world.now)
  }

  /** Delivers some of what is due, in any order. What is not acknowledged is delivered again. */
  deliver(service: StateService, process: Process): Promise<void> {
    const world = this.#world
    const letters: Letter[] = []
    for (let left = world.random.whole(1, 4); left > 0 && this.hasMail(); left--) {
      const letter = world.random.pick(this.#box.filter(({ notBefore }) => notBefore <= world.now))
      this.#box.splice(this.#box.indexOf(letter), 1)
      letters.push(letter)
    }
    const delivery: Delivery = { process, letters, span: { from: world.now, until: Infinity } }
    this.#underWay.push(delivery)
    this.spans.push(delivery.span)
    const inWords = letters.map(({ event }) => `${event.status} ${event.instanceId.slice(0, 20)}`).join(', ')
    world.tell(`EVENTS for ${process.name}: ${inWords}`)
    const over = () => {
      this.#underWay = this.#underWay.filter((other) => other !== delivery)
    }
    return service
      .takeEvents(
        letters.map(({ event }) => event),
        new AbortController().signal,
      )
      .then(
        () => {
          over()
          delivery.span.until = world.now
          world.moment += 1
          for (const letter of letters) {
            this.#sent.push(letter)
            if (letter.published) this.told.push({ published: letter.published, ackedMoment: world.moment })
          }
          world.tell(`events taken in by ${process.name}: ${inWords}`)
        },
        () => {
          over()
          this.#box.push(...letters)
        },
      )
  }

  /** The process has ended: what it had not acknowledged comes again, and perhaps what it had. */
  afterEndOf(process: Process): void {
    const [lost, others] = [
      this.#underWay.filter((one) => one.process === process),
      this.#underWay.filter((one) => one.process !== process),
    ]
    this.#underWay = others
    for (const { letters } of lost) this.#box.push(...letters)
    if (this.#world.random.chance(0.5)) this.#box.push(...this.#sent)
  }

  stop(): void {
    this.#box = []
    this.#world.publish = undefined
  }
}

export const hubName = 'Orders' as HubName
