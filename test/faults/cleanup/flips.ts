// Guards that flip while the task runs: right before or right after the nth call of one kind.
import type { Random } from '../../model/random.ts'
import type { Call, Witness } from '../ports/execution.ts'
import type { AppWorld } from '../ports/apps-world.ts'
import type { AccountWorld } from '../ports/storage-world.ts'
import type { World } from '../ports/world.ts'
import { hourMs, settingsIn, spelled, type Asked, type Inventory } from './inventory.ts'

export type Flip = {
  readonly what: string
  readonly call: string
  readonly nth: number
  readonly before: boolean
  readonly act: () => void
}

const calls = [
  'look at hub',
  'look at hub',
  'parts',
  'leases',
  'last activity',
  'look at app',
  'list',
  'delete part',
  'delete part',
]

export function randomFlips(random: Random, inventory: Inventory): readonly Flip[] {
  const { asked } = inventory
  if (asked.length === 0) return []
  return Array.from({ length: random.whole(1, 3) }, () => {
    const call = random.pick(calls)
    const hub = random.pick(asked)
    const [what, act] = randomFlip(random, inventory, hub)
    const nth = random.whole(1, call === 'look at app' ? 12 : 3 * asked.length)
    return { what: `${what} ${hub.name}`, call, nth, before: random.chance(0.5), act }
  })
}

/** The witness that lets them happen. */
export function flipping(flips: readonly Flip[], then: Witness): Witness {
  const seen = new Map<string, number>()
  const strike = (call: Call, before: boolean) => {
    for (const flip of flips) {
      if (flip.call === call.name && flip.before === before && flip.nth === seen.get(call.name)) flip.act()
    }
  }
  return {
    ...then,
    before: (execution, call) => {
      seen.set(call.name, (seen.get(call.name) ?? 0) + 1)
      strike(call, true)
      then.before?.(execution, call)
    },
    after: (execution, call) => {
      then.after?.(execution, call)
      strike(call, false)
    },
  }
}

function randomFlip(random: Random, { world, own }: Inventory, hub: Asked): readonly [string, () => void] {
  const { account, name } = hub
  const app = random.pick(world.apps)
  const key = random.pick(['TaskHubName', 'OrdersHub'])
  const spelling = spelled(random, name)
  const slot = random.pick(app.slots)
  switch (random.whole(0, 8)) {
    case 0:
    case 1:
      return [`${app.name}/${slot.name} is given`, () => give(app, { slot: slot.name, account, key, value: spelling })]
    case 2:
      return ['a worker takes', () => hold(world, hub)]
    case 3:
      return ['an instance starts on', () => startOn(world, hub)]
    case 4: {
      const unreadable = random.pick(own.slots)
      return ['a slot becomes unreadable, beside', () => (unreadable.unreadable = 'a role is missing')]
    }
    case 5: {
      const part = random.pick(['largemessages', 'control-15'])
      return [`part ${part} is made for`, () => addPart(world, hub, part)]
    }
    case 6:
      return ['one part vanishes from', () => dropPart(world, hub)]
    case 7:
      return ['a worker begins anew on', () => bornAgain(world, hub)]
    default:
      return ['all slots leave', () => leaveAll(world, hub)]
  }
}

type Gift = { readonly slot: string; readonly account: AccountWorld; readonly key: string; readonly value: string }

function give(app: AppWorld, { slot, account, key, value }: Gift): void {
  const found = app.slots.find(({ name }) => name === slot)
  if (found) found.settings = { ...found.settings, ...settingsIn(account), [key]: value }
}

function hold(world: World, { account, name }: Asked): void {
  const life = account.life(name)
  if (life) life.heldUntil = world.now + hourMs
}

function startOn(world: World, { account, name }: Asked): void {
  const life = account.life(name)
  if (!life) return
  life.running++
  life.activeAt = world.now
}

function addPart(world: World, { account, name }: Asked, part: string): void {
  const life = account.life(name)
  const kind = part === 'largemessages' ? 'container' : 'queue'
  // Of a hub that is gone it would be another hub's.
  if (life && account.partsLeftOf(life).length > 1) account.add(kind, `${name.toLowerCase()}-${part}`, life, world.now)
}

function dropPart(world: World, { account, name }: Asked): void {
  const life = account.life(name)
  const last = [...account.resources.values()].findLast((each) => each.hub === life && each.goneAt === undefined)
  if (last) last.goneAt = world.now
}

/** A hub of which nothing is left is born again; of any other the worker takes over what is there. */
function bornAgain(world: World, { account, name }: Asked): void {
  const life = account.life(name)
  const [app] = world.apps
  const [slot] = app?.slots ?? []
  if (!app || !slot) return
  give(app, { slot: slot.name, account, key: 'TaskHubName', value: name })
  const twist = { running: 1, heldUntil: world.now + hourMs, partitions: life?.partitions ?? 4 }
  if (!life || !isWhole(world, life.account, name)) account.born(name, world.now, twist)
  else Object.assign(life, { running: life.running + 1, heldUntil: twist.heldUntil, activeAt: world.now })
}

function isWhole(world: World, account: AccountWorld, name: string): boolean {
  return account.find('queue', `${name.toLowerCase()}-control-00`, world.now) !== undefined
}

function leaveAll(world: World, { name }: Asked): void {
  for (const app of world.apps) {
    for (const slot of app.slots) {
      const rest = Object.entries(slot.settings).filter(
        ([, value]) => value.trim().toLowerCase() !== name.toLowerCase(),
      )
      slot.settings = Object.fromEntries(rest)
    }
  }
}
