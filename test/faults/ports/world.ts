import { AzureFailure } from '../../../core/failures.ts'
import type { AppWorld, Operation } from './apps-world.ts'
import type { Execution, Witness } from './execution.ts'
import type { AccountWorld, HubLife } from './storage-world.ts'
import { VirtualTime } from './virtual-time.ts'

/** How Azure itself behaves, where it may behave in several ways. */
export type Manners = {
  /** How long a deleted resource still shows. */
  readonly lingersMs: () => number
  /** Of a swap: from the request to the first side, to the second, to the end. */
  readonly swapPhasesMs: () => readonly [number, number, number]
  readonly swapFails: () => boolean
  /** Whether the side that changes first is the target. */
  readonly targetFirst: () => boolean
}

const calm: Manners = {
  lingersMs: () => 0,
  swapPhasesMs: () => [5_000, 10_000, 20_000],
  swapFails: () => false,
  targetFirst: () => false,
}

export type Deleted = {
  readonly account: AccountWorld
  /** The hub that was named in the request. */
  readonly hub: string
  readonly name: string
  /** The life of the hub that the part really belonged to. */
  readonly life: HubLife
}

/** Azure in memory. It is read and changed through the ports of an execution (azure.ts), or directly by a suite. */
export class World {
  readonly time: VirtualTime
  witness: Witness = {}
  readonly manners: Manners
  readonly apps: AppWorld[] = []
  readonly accounts = new Map<string, AccountWorld>()
  /** Told after the settings of a slot have changed, by whomever. */
  slotChanged: (app: AppWorld, slot: string) => void = () => undefined
  /** Told when both slots have what they swapped. */
  swapped: (app: AppWorld, operation: Operation) => void = () => undefined
  /** Told of each part that really went. */
  deleted: (by: Execution, what: Deleted) => void = () => undefined
  /** Told of each record that was really written. */
  recorded: (by: Execution, what: { readonly account: AccountWorld; readonly text: string }) => void = () => undefined
  /** Whether the host of a slot that an execution asks about reports an error. */
  sick: (asker: Execution) => boolean = () => false
  /** A store that lets every write through: what the lock must not be built on. */
  ignoresEtags = false
  readonly operations = new Map<string, Operation>()

  constructor(start: number, manners: Partial<Manners> = {}) {
    this.time = new VirtualTime(start)
    this.manners = { ...calm, ...manners }
  }

  get now(): number {
    return this.time.now
  }

  addAccount(account: AccountWorld): AccountWorld {
    this.accounts.set(account.account.id, account)
    return account
  }

  account(id: string): AccountWorld {
    const found = this.accounts.get(id)
    if (!found) throw failure('network', undefined, `there is no storage account '${id}'`)
    return found
  }

  app(name: string): AppWorld {
    const found = this.apps.find((app) => app.name.toLowerCase() === name.toLowerCase())
    if (!found) throw failure('notFound', 404, `there is no app '${name}'`)
    return found
  }
}

export function failure(kind: AzureFailure['kind'], status: number | undefined, message: string): AzureFailure {
  return new AzureFailure(`Could not do it: ${message}.`, { operation: 'do it', kind, status })
}
