// One app with two slots and a few hubs, whose workers come and go with the slots' settings.
import type { HubName } from '../../../core/task-hub/name.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import type { Random } from '../../model/random.ts'
import { appWorld, connectionTo } from '../ports/apps-world.ts'
import type { AppWorld } from '../ports/apps-world.ts'
import { AccountWorld } from '../ports/storage-world.ts'
import type { HubLife } from '../ports/storage-world.ts'
import { World } from '../ports/world.ts'

export const start = Date.parse('2026-11-21T10:00:00Z')
export const minuteMs = 60_000
export const hourMs = 3_600_000

export type Scene = { readonly world: World; readonly app: AppWorld; readonly first: string }

export function randomScene(random: Random): Scene {
  const world = new World(start, {
    lingersMs: () => (random.chance(0.2) ? random.whole(0, 40_000) : 0),
    swapPhasesMs: () => [random.whole(500, 40_000), random.whole(100, 20_000), random.whole(100, 60_000)],
    swapFails: () => random.chance(0.03),
    targetFirst: () => random.chance(0.5),
  })
  const clockErrorMs = () => random.whole(-300_000, 300_000)
  const one = world.addAccount(new AccountWorld('stone', { clockErrorMs: clockErrorMs() }))
  const two = random.chance(0.2) ? world.addAccount(new AccountWorld('sttwo', { clockErrorMs: clockErrorMs() })) : one
  const settings = (account: AccountWorld, hub: string) => ({
    AzureWebJobsStorage: connectionTo(account.account.name),
    TaskHubName: hub,
  })
  const app = appWorld('shop', { production: settings(one, 'shop100'), staging: settings(two, 'shop99') })
  world.apps.push(app)
  const old = { activeAt: start - 48 * hourMs, partitions: random.whole(1, 4) }
  one.born('shop100', start - 40 * hourMs, { ...old, running: random.whole(0, 2), heldUntil: Number.POSITIVE_INFINITY })
  two.born('shop99', start - 50 * hourMs, {
    ...old,
    running: random.chance(0.05) ? 1 : 0,
    heldUntil: Number.POSITIVE_INFINITY,
  })
  two.born('shop98', start - 60 * hourMs, old)
  const retired = { hub: { account: two.account, name: 'shop98' as HubName }, retiredAt: new Date(start).toISOString() }
  if (random.chance(0.7)) two.putRecord('shop', serialiseRecord({ ...emptyRecord('shop'), hubs: [retired] }))
  world.slotChanged = () => workersFollow(world, random)
  return { world, app, first: 'shop100' }
}

/** The slots that name a hub of an account. */
export function slotsOn(app: AppWorld, { account, name }: Pick<HubLife, 'account' | 'name'>): readonly string[] {
  return app.slots
    .filter(({ settings }) => {
      const isThere = (settings['AzureWebJobsStorage'] ?? '').includes(`AccountName=${account.account.name};`)
      return isThere && settings['TaskHubName']?.toLowerCase() === name.toLowerCase()
    })
    .map(({ name: slot }) => slot)
}

/** The worker of a slot begins on its new hub after a while, and what was left ends its leases or loses them. */
function workersFollow(world: World, random: Random): void {
  const [app] = world.apps
  if (!app) return
  for (const account of world.accounts.values()) {
    for (const life of account.lives) {
      if (life.heldUntil === Number.POSITIVE_INFINITY && slotsOn(app, life).length === 0) {
        life.heldUntil = world.now + random.whole(0, 45_000)
      }
    }
  }
  world.time.at(world.now + random.whole(3_000, 20_000), () => {
    for (const { settings } of app.slots) begin(world, settings)
  })
}

function begin(world: World, settings: Readonly<Record<string, string>>): void {
  const [, accountName] = /AccountName=(\w+);/.exec(settings['AzureWebJobsStorage'] ?? '') ?? []
  const account = [...world.accounts.values()].find(({ account: { name } }) => name === accountName)
  const name = settings['TaskHubName']
  if (!account || name === undefined) return
  const life = account.life(name)
  const queue = `${name.toLowerCase()}-control-00`
  if (life && account.find('queue', queue, world.now)) Object.assign(life, { heldUntil: Number.POSITIVE_INFINITY })
  else account.born(name, world.now, { heldUntil: Number.POSITIVE_INFINITY, partitions: 2 })
}
