import type { TrackingTables } from '../../../core/function-app/slot-hub.ts'
import type { Evidence, Verdict } from '../../../core/task-hub/idle-proof/evidence.ts'
import type { IdlePolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { newTally } from '../../../core/task-hub/idle-proof/tally.ts'
import type { StorageAccount } from '../../../core/task-hub/hub.ts'
import { partsIn } from '../../../core/task-hub/layout.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { DeleteResult, HubPart, HubParts, InstancesSeen, InstancesWanted } from '../../../core/task-hub/ports.ts'
import type { LiveLease, TaskHubs } from '../../../core/task-hub/ports.ts'
import type { Execution } from './execution.ts'
import type { AccountWorld, HubLife, SharedRows } from './storage-world.ts'
import { isHeld } from './storage-world.ts'
import type { World } from './world.ts'

/** The hubs of one account as one execution sees them. Parts are told by the rule that the real client uses. */
export class HubsPort implements TaskHubs {
  readonly account: StorageAccount
  readonly #world: World
  readonly #execution: Execution
  readonly #in: AccountWorld
  readonly #tracking: SharedRows | undefined

  constructor(world: World, execution: Execution, where: { account: StorageAccount; tracking?: TrackingTables }) {
    this.account = where.account
    this.#world = world
    this.#execution = execution
    this.#in = world.account(where.account.id)
    this.#tracking = where.tracking && this.#in.shared
  }

  look(hub: HubName, policy: IdlePolicy, signal: AbortSignal): Promise<Evidence> {
    return this.#read('look at hub', hub, signal, () => {
      const life = this.#in.life(hub)
      return evidenceOf({ account: this.account, name: hub }, ...verdictOf(life, policy))
    })
  }

  parts(hub: HubName, signal: AbortSignal): Promise<HubParts> {
    return this.#read('parts', hub, signal, () => this.#parts(hub))
  }

  liveLeases(hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
    return this.#read('leases', hub, signal, () => {
      const life = this.#in.life(hub)
      if (!life || !isHeld(life, this.#world.now)) return []
      return [{ on: life.heldBy, owner: 'worker-1', until: new Date(life.heldUntil) }]
    })
  }

  lastActivity(hub: HubName, signal: AbortSignal): Promise<Date | undefined> {
    return this.#read('last activity', hub, signal, () => {
      const at = this.#in.life(hub)?.activeAt
      return at === undefined ? undefined : new Date(at)
    })
  }

  /** Of no instance anything is known here. */
  instances(hub: HubName, _wanted: InstancesWanted, signal: AbortSignal): Promise<InstancesSeen> {
    return this.#read('instances', hub, signal, () => ({
      instances: [],
      areAll: true,
      at: new Date(this.#world.now + this.#in.clockErrorMs),
    }))
  }

  roots(): never {
    throw new Error('These suites ask for no new instances.')
  }

  deletePart(hub: HubName, part: HubPart, signal: AbortSignal): Promise<DeleteResult> {
    const call = { name: 'delete part', about: this.#about(hub), mutates: true }
    return this.#execution.call(call, signal, () => {
      if (part.kind === 'rows') return this.#deleteRows(hub, part.table)
      const found = this.#in.find(part.kind, part.name, this.#world.now)
      if (!found) return 'absent'
      if (found.goneAt !== undefined) return 'beingDeleted'
      this.#world.deleted(this.#execution, {
        account: this.#in,
        hub,
        name: `${part.kind} ${part.name}`,
        life: found.hub,
      })
      found.goneAt = this.#world.now + this.#world.manners.lingersMs()
      return 'deleted'
    })
  }

  #parts(hub: HubName): HubParts {
    const names = (kind: 'queue' | 'table' | 'container') =>
      this.#in.listed(kind, this.#world.now).map(({ name }) => name)
    const own = partsIn(hub, { queues: names('queue'), tables: names('table'), containers: names('container') })
    const holdsData = (this.#in.life(hub)?.running ?? 0) > 0
    if (!this.#tracking) {
      // As core/azure/storage/parts.ts: queues without rows may have them in a store that no setting tells.
      const lost = own.some(({ kind }) => kind === 'queue') && !own.some((part) => isInstances(part, hub))
      return lost
        ? { parts: own, holdsData, obstacle: 'it has queues but no Instances table' }
        : { parts: own, holdsData }
    }
    const { prefix, instances, ownerless } = this.#tracking
    const rows = [`${prefix}History`, `${prefix}Instances`].map((table): HubPart => ({
      kind: 'rows',
      table,
      column: 'TaskHubName',
    }))
    const parts = [
      ...own.filter(({ kind }) => kind !== 'container'),
      ...(instances.has(hub.toLowerCase()) ? rows : []),
      ...own.filter(({ kind }) => kind === 'container'),
    ]
    if (ownerless === 0) return { parts, holdsData }
    return { parts, holdsData, obstacle: `${ownerless} rows have no TaskHubName` }
  }

  #deleteRows(hub: HubName, table: string): DeleteResult {
    const shared = this.#in.shared
    const rows = table.endsWith('History') ? shared?.history : shared?.instances
    const found = rows?.get(hub.toLowerCase())
    if (!found) return 'absent'
    this.#world.deleted(this.#execution, { account: this.#in, hub, name: `rows ${table}`, life: found.hub })
    rows?.delete(hub.toLowerCase())
    return 'deleted'
  }

  #read<T>(name: string, hub: HubName, signal: AbortSignal, act: () => T): Promise<T> {
    return this.#execution.call({ name, about: this.#about(hub), mutates: false }, signal, act)
  }

  #about(hub: HubName): string {
    return `${this.account.name}/${hub}`.toLowerCase()
  }
}

function isInstances(part: HubPart, hub: string): boolean {
  return part.kind === 'table' && part.name.toLowerCase() === `${hub}instances`.toLowerCase()
}

function verdictOf(life: HubLife | undefined, policy: IdlePolicy): readonly [Verdict, string, boolean] {
  if (!life) return ['idle', 'it was never provisioned', false]
  const ignored = policy.ignoreInstances.some(({ field, pattern }) => field === 'name' && pattern === 'Eternal')
  const busy = [
    life.running > 0 && `${life.running} running`,
    life.eternal > 0 && !ignored && `${life.eternal} eternal`,
    life.hiddenMessages > 0 && !policy.acceptInvisibleMessages && 'hidden messages',
    life.busyEntities > 0 && policy.entityPolicy !== 'ignore' && 'busy entities',
    life.idleEntities > 0 && policy.entityPolicy === 'block' && 'idle entities',
  ].find((each) => each !== false)
  return busy === undefined ? ['idle', 'nothing running, nothing queued', true] : ['busy', busy, true]
}

function evidenceOf(hub: Evidence['hub'], verdict: Verdict, because: string, provisioned: boolean): Evidence {
  const { counts } = newTally()
  return {
    ...{ hub, source: 'storage', verdict, because, provisioned, examples: [], inFlightByName: {} },
    ...{ inFlightByVersion: {}, notChecked: [], warnings: [] },
    counts: { ...counts, queuedMessages: 0, leftoverTimers: 0 },
  }
}
