// A random inventory: apps whose slots use hubs, hubs in every state, names that are prefixes of each other, several accounts,
// with and without a record, and what the task is told.
import type { Settings, SlotName } from '../../../core/function-app/picture.ts'
import type { DeploymentRecord, RecordedHub } from '../../../core/record/record.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import type { IdlePolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { WantedHub } from '../../../core/task-hub/wanted-hub.ts'
import type { LockWanted } from '../../../tasks/lock/wanted.ts'
import { Random } from '../../model/random.ts'
import { appWorld, connectionTo } from '../ports/apps-world.ts'
import type { AppWorld } from '../ports/apps-world.ts'
import type { HubLife } from '../ports/storage-world.ts'
import { AccountWorld } from '../ports/storage-world.ts'
import { World } from '../ports/world.ts'
import { shuffled } from '../shuffled.ts'

export const start = Date.parse('2026-11-21T10:00:00Z')
export const hourMs = 3_600_000

export type Inventory = {
  readonly world: World
  readonly own: AppWorld
  readonly hubs: readonly HubLife[]
  readonly wanted: {
    /** Undefined: what the record names. */
    readonly typed: readonly WantedHub[] | undefined
    readonly keepLast: number
    readonly minimumAgeMs: number
    readonly policy: IdlePolicy
    readonly lock: LockWanted
  }
  /** The hubs that are asked for, in that order; `absent` ones are names without a life. */
  readonly asked: readonly Asked[]
  /** Why the task has to refuse before it looks at any hub. */
  readonly refused?: string
}

export type Asked = {
  readonly account: AccountWorld
  readonly name: string
  /** When it retired, as the deployment record says. */
  readonly recordedAt?: number
}

const stems = [
  'shop',
  'shop1',
  'shop10',
  'shop100',
  'Shop1001',
  'shopleases',
  'shopcontrol',
  'orders',
  'ORDERS2',
  'orders20',
]
const accountNames = ['stone', 'sttwo', 'stthree']
export const trackingSetting =
  'AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName'

export function randomInventory(random: Random): Inventory {
  const lingers = random.chance(0.3)
  const world = new World(start, { lingersMs: () => (lingers ? random.whole(0, 40_000) : 0) })
  const accounts = accountNames.slice(0, random.pick([1, 1, 1, 2, 3])).map((name) => {
    const clockErrorMs = random.whole(-300_000, 300_000)
    const account = new AccountWorld(name, {
      clockErrorMs,
      ...(random.chance(0.15) ? { sharedPrefix: 'DurableTask' } : {}),
    })
    return world.addAccount(account)
  })
  for (const name of ['shop', 'billing', 'Shop100'].slice(0, random.whole(1, 3))) {
    const slots = ['production', 'staging', 'green'].slice(0, random.whole(2, 3))
    const app = appWorld(name, Object.fromEntries(slots.map((slot) => [slot, settingsIn(random.pick(accounts))])))
    if (name !== 'shop') app.sight = random.pick(['full', 'full', 'full', 'full', 'unreadable', 'hidden'])
    world.apps.push(app)
  }
  const [own] = world.apps
  if (!own) throw new Error('there is no app')
  if (random.chance(0.04)) random.pick(own.slots).unreadable = 'a role is missing'
  const hubs = world.apps.flatMap(() => randomHubs(random, accounts))
  for (const app of world.apps) useSomeHubs(random, app, hubs)
  return { world, own, hubs, ...whatIsWanted(random, { world, own, hubs }) }
}

export function settingsIn(account: AccountWorld): Settings {
  return {
    AzureWebJobsStorage: connectionTo(account.account.name),
    ...(account.shared ? { [trackingSetting]: 'AzureWebJobsStorage' } : {}),
  }
}

function randomHubs(random: Random, accounts: readonly AccountWorld[]): readonly HubLife[] {
  const made: HubLife[] = []
  for (let left = random.whole(1, 6); left > 0; left--) {
    const account = random.pick(accounts)
    const name = random.pick(stems)
    if (account.life(name)) continue
    const old = start - random.whole(100, 1000) * hourMs - random.whole(0, 3_000_000)
    const life = account.born(name, start - 1000 * hourMs, { partitions: random.whole(1, 16), activeAt: old })
    if (random.chance(0.45)) random.pick(oddities)(life, random)
    made.push(life)
  }
  for (const { shared } of accounts) if (shared && random.chance(0.1)) shared.ownerless = random.whole(1, 5)
  return made
}

const oddities: readonly ((life: HubLife, random: Random) => void)[] = [
  (life) => (life.running = 2),
  (life) => (life.eternal = 1),
  (life) => (life.hiddenMessages = 1),
  (life) => (life.idleEntities = 3),
  (life) => (life.busyEntities = 1),
  (life) => (life.heldUntil = start + 100 * hourMs),
  (life) => Object.assign(life, { heldUntil: start + 100 * hourMs, heldBy: 'app lease' }),
  (life) => (life.heldUntil = start - hourMs),
  (life, random) => (life.activeAt = start - random.pick([0.2, 2, 30]) * hourMs),
  (life) => (life.activeAt = undefined),
]

/** Most slots have a hub, under a setting and in a spelling of their own. */
function useSomeHubs(random: Random, app: AppWorld, hubs: readonly HubLife[]): void {
  for (const slot of app.slots) {
    const [hub] = random.chance(0.5) && hubs.length > 0 ? [random.pick(hubs)] : []
    const key = random.pick(['TaskHubName', 'TaskHubName', 'OrdersHub', 'TASKHUBNAME'])
    const moved = hub && random.chance(0.7) ? settingsIn(hub.account) : {}
    const hidden = random.chance(0.03) ? { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://v/s)' } : {}
    slot.settings = { ...slot.settings, ...moved, ...(app.name === 'shop' ? {} : hidden) }
    if (hub) slot.settings[key] = spelled(random, hub.name)
  }
}

export function spelled(random: Random, name: string): string {
  return random.pick([name, name, name.toUpperCase(), name.toLowerCase(), ` ${name} `])
}

function whatIsWanted(
  random: Random,
  { world, own, hubs }: Pick<Inventory, 'world' | 'own' | 'hubs'>,
): Pick<Inventory, 'wanted' | 'asked' | 'refused'> {
  const used = accountsOf(world, own)
  const settings = {
    lock: { take: random.chance(0.5), keep: false, forMs: 2 * hourMs, waitMs: 0 },
    keepLast: random.pick([0, 0, 0, 1, 2, 3]),
    minimumAgeMs: random.pick([0, 0, 1, 24]) * hourMs,
    policy: {
      entityPolicy: random.pick(['ignoreIdle', 'block', 'ignore'] as const),
      acceptInvisibleMessages: random.chance(0.3),
      ignoreInstances: random.chance(0.3) ? [{ field: 'name' as const, pattern: 'Eternal' }] : [],
    },
  }
  const mine = shuffled(
    hubs.filter(({ account }) => used.includes(account)),
    () => random.fraction(),
  )
  const some = mine.slice(0, random.whole(1, 6)).map(({ account, name }): Asked => ({ account, name }))
  const [first] = used
  if (first && (some.length === 0 || random.chance(0.1))) some.push({ account: first, name: 'neverthere' })
  if (random.chance(0.3)) {
    const kept = keepInRecords(random, { own, used, some })
    const wanted = { ...settings, typed: undefined }
    return kept ? { wanted, asked: kept } : { wanted, asked: [], refused: 'no record' }
  }
  const typed = some.map(({ account, name }): WantedHub => {
    // Rows that name no hub may be any hub's.
    const mayHaveIt = (other: AccountWorld) => other.life(name) !== undefined || (other.shared?.ownerless ?? 0) > 0
    const isAmbiguous = used.some((other) => other !== account && mayHaveIt(other)) || !account.life(name)
    const written = random.pick([name, name.toUpperCase()]) as HubName
    return isAmbiguous ? { name: written, accountName: account.account.name } : { name: written }
  })
  return { wanted: { ...settings, typed }, asked: some }
}

/** The accounts of the app's slots, in the order of the slots; those of unreadable slots cannot be told. */
export function accountsOf(world: World, own: AppWorld): readonly AccountWorld[] {
  const ids = own.slots
    .filter(({ unreadable }) => unreadable === undefined)
    .map(({ settings }) => /AccountName=(\w+)/.exec(settings['AzureWebJobsStorage'] ?? '')?.[1])
  return [...new Set(ids)].flatMap((name) =>
    [...world.accounts.values()].filter(({ account }) => account.name === name),
  )
}

/** Enters what is asked for as retired, others as not, and answers what the task will find there. */
function keepInRecords(
  random: Random,
  { own, used, some }: { own: AppWorld; used: readonly AccountWorld[]; some: readonly Asked[] },
): readonly Asked[] | undefined {
  if (random.chance(0.1)) return undefined
  const found: Asked[] = []
  for (const account of used) {
    const entries = some.filter((each) => each.account === account)
    if (entries.length === 0 && random.chance(0.5)) continue
    const hubs = entries.map(({ name }, index): RecordedHub & { asked: boolean } => {
      const hub = { account: account.account, name: name as HubName }
      const retiredAt = new Date(start - retiredBeforeMs(index)).toISOString()
      const kind = random.pick(['retired', 'retired', 'retired', 'live', 'deleted'])
      if (kind === 'live') return { hub, asked: false }
      if (kind === 'deleted') return { hub, retiredAt, deletedAt: retiredAt, asked: false }
      return { hub, retiredAt, asked: true }
    })
    const record: DeploymentRecord = { ...emptyRecord(own.name), hubs: hubs.map(({ asked: _, ...entry }) => entry) }
    account.putRecord(own.name, serialiseRecord(record))
    for (const [index, { hub, asked }] of hubs.entries()) {
      if (asked) found.push({ account, name: hub.name, recordedAt: start - retiredBeforeMs(index) })
    }
  }
  return used.some((account) => account.records.size > 0) ? found : undefined
}

const retiredBeforeMs = (index: number): number => (50 + index) * hourMs

export const staging = 'staging' as SlotName
