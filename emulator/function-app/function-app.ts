// A function app: its slots, which settings are sticky, and the one operation that may run at a time.
import type { Operation } from './operation.ts'
import { PlatformError } from './operation.ts'
import type { Slot } from './slot.ts'
import type { SwapTiming } from './swap.ts'

export type SwapStep = 'settings' | 'restart' | 'warmUp' | 'routing' | 'revert'

/** What the platform did to a slot, in order. */
export type PlatformEvent = { readonly step: SwapStep; readonly slot: string }

export type FunctionAppOptions = {
  readonly name: string
  readonly resourceGroup: string
  readonly kind: string
  readonly sku: string
  readonly location: string
  readonly principalId: string
  readonly stickySettings: readonly string[]
  readonly timing: SwapTiming
  readonly caPem: string
  /** Aborts when the emulator stops. */
  readonly signal: AbortSignal
}

export class FunctionApp {
  readonly name: string
  readonly resourceGroup: string
  readonly kind: string
  readonly sku: string
  readonly location: string
  readonly principalId: string
  readonly timing: SwapTiming
  readonly caPem: string
  readonly signal: AbortSignal
  stickySettings: readonly string[]
  /** The other lists of slotConfigNames; nothing here goes by them. */
  otherStickyNames: Readonly<Record<'connectionStringNames' | 'azureStorageConfigNames', readonly string[] | null>> = {
    connectionStringNames: null,
    azureStorageConfigNames: null,
  }
  /** The source's own settings while it is prepared for a swap. */
  beforePreview: Slot['settings'] | undefined
  /** So many of the next swaps fail after their first step, and leave the source prepared for the swap (azure-cli #27820). */
  swapsLeftHalfDone = 0
  /** How long the old process of a swap goes on between the switch of routing and its restart; Azure tells no such time. */
  oldProcessMs = 0
  readonly #slots = new Map<string, Slot>()
  readonly #operations = new Map<string, Operation>()
  readonly #events: PlatformEvent[] = []

  constructor(options: FunctionAppOptions) {
    this.name = options.name
    this.resourceGroup = options.resourceGroup
    this.kind = options.kind
    this.sku = options.sku
    this.location = options.location
    this.principalId = options.principalId
    this.timing = options.timing
    this.caPem = options.caPem
    this.signal = options.signal
    this.stickySettings = options.stickySettings
  }

  /** Restarts and the steps of swaps since the start, oldest first. */
  get events(): readonly PlatformEvent[] {
    return this.#events
  }

  get slots(): readonly Slot[] {
    return [...this.#slots.values()]
  }

  get running(): Operation | undefined {
    return [...this.#operations.values()].find((operation) => operation.state === 'running')
  }

  addSlot(slot: Slot): void {
    this.#slots.set(slot.name.toLowerCase(), slot)
  }

  /** A slot by name, without regard to case; `production` is the app itself. */
  find(name: string): Slot | undefined {
    return this.#slots.get(name.toLowerCase())
  }

  /** As `find`, for callers that know that it exists. */
  slot(name = 'production'): Slot {
    const slot = this.find(name)
    if (slot === undefined) throw new Error(`App '${this.name}' has no slot '${name}'.`)
    return slot
  }

  record(step: SwapStep, slot: Slot): void {
    this.#events.push({ step, slot: slot.name })
  }

  operation(id: string): Operation | undefined {
    return this.#operations.get(id)
  }

  /** Registers an operation; what it does must begin after this returns. */
  begin(operation: Operation): Operation {
    this.#operations.set(operation.id, operation)
    return operation
  }

  /** Throws 409 while an operation runs. */
  requireFree(): void {
    if (this.running !== undefined) throw this.running.conflict()
  }

  /** Throws 409 while a swap with preview is pending: neither slot can be changed then (azure-cli #27820). */
  requireNotPrepared(slot: Slot): void {
    const source = this.slots.find((candidate) => candidate.targetSwapSlot !== undefined)
    if (source === undefined) return
    if (slot !== source && slot.name !== source.targetSwapSlot) return
    const message = 'The slot cannot be changed because its configuration settings have been prepared for swap.'
    throw new PlatformError({ status: 409, code: 'Conflict', message })
  }
}
