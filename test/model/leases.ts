// Who holds the partitions of a model hub. Without a lease nobody takes a message from a control queue.
import type { Random } from './random.ts'

const second = 1000
/** A lease is renewed this often, and holds this long (DT settings: LeaseRenewInterval 10 s, LeaseInterval 30 s). */
const renewMs = 10 * second
const holdMs = 30 * second

/** What a reader sees of one partition. `tag` changes with every write. */
export type LeaseSeen = { readonly on: string; readonly tag: string; readonly live: boolean }

type Lease = {
  /** Writes so far, renewals not counted. */
  writes: number
  held: boolean
  acquiredAt: number
  /** Of a lease that nobody holds any more. */
  until: number
}

export class Leases {
  /** False: no worker of the hub lives. */
  workersAlive = true
  readonly #leases: Lease[]

  constructor(partitions: number, now: number) {
    this.#leases = Array.from({ length: partitions }, () => ({ writes: 1, held: true, acquiredAt: now, until: 0 }))
  }

  holds(partition: number): boolean {
    return this.#leases[partition]?.held === true
  }

  get areAllHeld(): boolean {
    return this.#leases.every(({ held }) => held)
  }

  acquireOne(random: Random, now: number): void {
    const free = this.#leases.filter(({ held }) => !held)
    if (free.length > 0) acquire(random.pick(free), now)
  }

  acquireAll(now: number): void {
    this.workersAlive = true
    for (const lease of this.#leases) if (!lease.held) acquire(lease, now)
  }

  /** All workers end: at once, so that their leases run out, or each partition released before. */
  leave(gracefully: boolean, now: number): void {
    this.workersAlive = false
    for (const lease of this.#leases) {
      if (!lease.held) continue
      const renewals = renewalsOf(lease, now)
      lease.held = false
      lease.writes += renewals + (gracefully ? 1 : 0)
      lease.until = gracefully ? 0 : lease.acquiredAt + renewals * renewMs + holdMs
    }
  }

  see(partition: number, now: number): LeaseSeen {
    const on = `row ${partition}`
    const lease = this.#leases[partition]
    if (!lease) return { on, tag: '', live: false }
    const { held, writes, until } = lease
    return { on, tag: `${writes + (held ? renewalsOf(lease, now) : 0)}`, live: held || until > now }
  }
}

function acquire(lease: Lease, now: number): void {
  Object.assign(lease, { held: true, acquiredAt: now, writes: lease.writes + 1 })
}

function renewalsOf({ acquiredAt }: Lease, now: number): number {
  return Math.floor(Math.max(0, now - acquiredAt) / renewMs)
}
