// The oracle: keeps what every guard read of each hub, as the world had it at that moment, and judges the first delete of a
// hub by it.
import type { Call, Execution, Witness } from '../ports/execution.ts'
import type { HubLife } from '../ports/storage-world.ts'
import type { Deleted } from '../ports/world.ts'
import type { Asked, Inventory } from './inventory.ts'
import { busyNow, heldNow, namedBy, obscureNow, unreadableOwn, youngNow } from './truth.ts'

/** What stood in the way of one hub at one reading; empty = clear. */
type Reading = { readonly at: number; readonly order: number; readonly wrong: readonly string[] }

const clockErrorMs = 6 * 60_000
const leastQuietMs = 5_000

export class Judge {
  readonly problems: string[] = []
  /** Flips that nobody could see: after the last reading of that guard, before the first delete of the hub. */
  readonly unseen: string[] = []
  /** Flips after the first delete. */
  reborn = 0
  readonly begun = new Map<Asked, HubLife | undefined>()
  readonly #inventory: Inventory
  readonly #readings = new Map<string, Reading[]>()
  #order = 0

  constructor(inventory: Inventory) {
    this.#inventory = inventory
    inventory.world.deleted = (by, what) => this.#deleted(by, what)
  }

  witness(): Witness {
    return { sent: (execution, call) => this.#sent(execution, call), after: (_, call) => this.#read(call) }
  }

  #read({ name, about }: Call): void {
    const { world, own, wanted, asked } = this.#inventory
    const { now } = world
    for (const hub of asked) {
      if (name === 'look at app') {
        const app = world.app(about)
        const wrong = [...namedBy(app, hub).map((slot) => `named by ${slot}`)]
        if (app === own && unreadableOwn(own)) wrong.push('a slot of the app is unreadable')
        this.#note(hub, `look at app ${app.name.toLowerCase()}`, wrong)
      }
      if (name === 'list') this.#note(hub, 'list', [])
      if (about !== keyOf(hub)) continue
      if (name === 'look at hub') this.#note(hub, name, busyNow(hub, wanted.policy) ? ['busy'] : [])
      if (name === 'parts') this.#note(hub, name, obscureNow(hub, now) ? ['cannot be told apart'] : [])
      if (name === 'leases') this.#note(hub, name, heldNow(hub, now) ? ['held by a worker'] : [])
      if (name === 'last activity') {
        const young = youngNow(hub, { ...wanted, now, slackMs: clockErrorMs })
        this.#note(hub, name, young ? ['too young'] : [])
      }
    }
  }

  #note(hub: Asked, guard: string, wrong: readonly string[]): void {
    const list = this.#list(hub, guard)
    list.push({ at: this.#inventory.world.now, order: this.#order++, wrong })
  }

  #list(hub: Asked, guard: string): Reading[] {
    const key = `${keyOf(hub)} ${guard}`
    const list = this.#readings.get(key) ?? []
    this.#readings.set(key, list)
    return list
  }

  #sent(_: Execution, { name, about }: Call): void {
    if (name !== 'delete part') return
    const hub = this.#inventory.asked.find((each) => keyOf(each) === about)
    if (!hub || this.begun.has(hub)) return
    this.begun.set(hub, hub.account.life(hub.name))
    this.#judgeFirst(hub)
  }

  #judgeFirst(hub: Asked): void {
    const { world, own, wanted } = this.#inventory
    const say = (what: string) => this.problems.push(`hub '${hub.name}' was deleted although ${what}`)
    const proofs = this.#list(hub, 'look at hub')
    const [first, second] = proofs.slice(-2)
    if (!first || !second) return void say('it was not looked at twice')
    if (second.at - first.at < leastQuietMs) say(`its two proofs were ${second.at - first.at} ms apart`)
    for (const { wrong } of [first, second]) for (const each of wrong) say(`it was ${each} at a proof`)
    const others = world.apps.filter((app) => app !== own && app.sight === 'full')
    const guards = ['parts', 'leases', `look at app ${own.name.toLowerCase()}`, 'list']
    guards.push(...others.map((app) => `look at app ${app.name.toLowerCase()}`))
    if (wanted.minimumAgeMs > 0) guards.push('last activity')
    for (const guard of guards) {
      const last = this.#list(hub, guard).at(-1)
      if (!last || last.order < second.order) say(`'${guard}' was not read again after the proof`)
      else for (const each of last.wrong) say(`'${guard}' had read: ${each}`)
    }
    this.unseen.push(...this.#standingNow(hub))
  }

  #standingNow(hub: Asked): readonly string[] {
    const { world, own, wanted } = this.#inventory
    return [
      ...(world.apps.some((app) => namedBy(app, hub).length > 0) ? ['named by a slot'] : []),
      ...(unreadableOwn(own) ? ['unreadable'] : []),
      ...(heldNow(hub, world.now) ? ['held by a worker'] : []),
      ...(busyNow(hub, wanted.policy) ? ['busy'] : []),
    ]
  }

  #deleted(_: Execution, { account, hub, name, life }: Deleted): void {
    if (life.account !== account || life.name.toLowerCase() !== hub.toLowerCase()) {
      this.problems.push(`${name} of hub '${life.name}' was deleted as a part of '${hub}'`)
    }
    const asked = [...this.begun.keys()].find((each) => keyOf(each) === keyOf({ account, name: hub }))
    if (!asked) this.problems.push(`${name} of hub '${hub}' was deleted, which was not asked for`)
    else if (this.begun.get(asked) !== life) this.reborn++
  }
}

export function keyOf({ account, name }: Asked): string {
  return `${account.account.name}/${name}`.toLowerCase()
}
