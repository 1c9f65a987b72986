// Storage accounts in memory: resources by name, each of which remembers which birth of which hub made it, rows of a shared
// tracking store, leases, work, and deployment records with etags. Names are made here, not by the rules that are tested.
import type { StorageAccount } from '../../../core/task-hub/hub.ts'

export type Kind = 'queue' | 'table' | 'container'

export type Resource = {
  readonly kind: Kind
  readonly name: string
  readonly hub: HubLife
  /** Deleted, but still listed until then; storage says that it is being deleted. */
  goneAt?: number
}

/** One life of a hub. A hub that is made again under the same name is another one. */
export type HubLife = {
  readonly name: string
  readonly account: AccountWorld
  readonly bornAt: number
  readonly partitions: number
  running: number
  eternal: number
  hiddenMessages: number
  idleEntities: number
  busyEntities: number
  /** A worker holds it until then. */
  heldUntil: number
  heldBy: 'partition' | 'app lease'
  /** Undefined: nothing in it tells. */
  activeAt: number | undefined
}

/** Rows of a tracking store that hubs share; the hubs' own tables do not exist then. */
export type SharedRows = {
  readonly prefix: string
  /** Rows of Instances, and of History, by the hub's name in lower case. */
  readonly instances: Map<string, { readonly hub: HubLife; rows: number }>
  readonly history: Map<string, { readonly hub: HubLife; rows: number }>
  ownerless: number
}

export type StoredRecord = { readonly text: string; readonly etag: string }

export class AccountWorld {
  readonly account: StorageAccount
  /** What its clock is wrong by. */
  readonly clockErrorMs: number
  readonly resources = new Map<string, Resource>()
  readonly lives: HubLife[] = []
  readonly records = new Map<string, StoredRecord>()
  readonly shared: SharedRows | undefined
  #writes = 0

  constructor(name: string, given: { readonly clockErrorMs?: number; readonly sharedPrefix?: string } = {}) {
    this.account = { name, id: `${name}.core.windows.net` }
    this.clockErrorMs = given.clockErrorMs ?? 0
    this.shared =
      given.sharedPrefix === undefined
        ? undefined
        : { prefix: given.sharedPrefix, instances: new Map(), history: new Map(), ownerless: 0 }
  }

  /** The hub's present life: the last one. */
  life(name: string): HubLife | undefined {
    return this.lives.findLast((life) => life.name.toLowerCase() === name.toLowerCase())
  }

  /** Makes a hub with all its parts, as a worker does that starts on it. What is there already stays and is taken over. */
  born(name: string, now: number, twist: Partial<HubLife> = {}): HubLife {
    const life: HubLife = {
      ...{ partitions: 4, running: 0, eternal: 0, hiddenMessages: 0, idleEntities: 0, busyEntities: 0, heldUntil: 0 },
      ...{ heldBy: 'partition', activeAt: now, ...twist, name, account: this, bornAt: now },
    }
    this.lives.push(life)
    const low = name.toLowerCase()
    for (let at = 0; at < life.partitions; at++) {
      this.add('queue', `${low}-control-${String(at).padStart(2, '0')}`, life, now)
    }
    this.add('queue', `${low}-workitems`, life, now)
    this.add('table', `${name}Partitions`, life, now)
    if (this.shared) {
      this.shared.instances.set(low, { hub: life, rows: 2 })
      this.shared.history.set(low, { hub: life, rows: 6 })
    } else {
      this.add('table', `${name}Instances`, life, now)
      this.add('table', `${name}History`, life, now)
    }
    for (const suffix of ['leases', 'applease', 'largemessages']) this.add('container', `${low}-${suffix}`, life, now)
    return life
  }

  add(kind: Kind, name: string, hub: HubLife, now: number): void {
    const known = this.resources.get(keyOf(kind, name))
    // A resource that is being deleted cannot be made again before it is gone.
    if (known && (known.goneAt === undefined || known.goneAt > now)) return
    this.resources.set(keyOf(kind, name), { kind, name, hub })
  }

  find(kind: Kind, name: string, now: number): Resource | undefined {
    const found = this.resources.get(keyOf(kind, name))
    return found && (found.goneAt === undefined || found.goneAt > now) ? found : undefined
  }

  listed(kind: Kind, now: number): readonly Resource[] {
    return [...this.resources.values()].filter(
      (each) => each.kind === kind && (each.goneAt === undefined || each.goneAt > now),
    )
  }

  /** What is there of one life of a hub and not being deleted; rows of a shared table among it. */
  partsLeftOf(life: HubLife): readonly string[] {
    const own = [...this.resources.values()].filter((each) => each.hub === life && each.goneAt === undefined)
    const rows = [this.shared?.instances, this.shared?.history].flatMap((table) =>
      [...(table?.values() ?? [])].filter(({ hub }) => hub === life),
    )
    return [...own.map(({ kind, name }) => `${kind} ${name}`), ...rows.map(() => 'rows')]
  }

  putRecord(app: string, text: string): void {
    this.records.set(app.toLowerCase(), { text, etag: `"${++this.#writes}"` })
  }
}

export function keyOf(kind: Kind, name: string): string {
  return `${kind} ${name.toLowerCase()}`
}

/** Where a worker's leases show: without either of the two there is none. */
export function isHeld(life: HubLife, now: number): boolean {
  const { account, name, heldUntil } = life
  const isThere = account.find('table', `${name}Partitions`, now) ?? account.find('container', `${name}-leases`, now)
  return heldUntil > now && isThere !== undefined
}
