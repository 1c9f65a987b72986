// One deployment slot: what stays with the name (hostname, keys, sticky settings) and what a swap exchanges (worker, the rest).
import { randomBytes } from 'node:crypto'
import type { Call, Reply } from '../http/call.ts'
import { html } from '../http/call.ts'
import type { Host, HostKeys } from '../host/types.ts'
import { placeContent } from './content.ts'
import type { Worker } from './worker.ts'

export type Settings = Record<string, string>

export type SlotSwapStatus = {
  readonly timestampUtc: string
  readonly sourceSlotName: string
  readonly destinationSlotName: string
}

export type SlotOptions = {
  readonly siteName: string
  readonly name: string
  readonly hostName: string
  readonly settings: Settings
  readonly contentRoot: string
}

export class Slot {
  readonly siteName: string
  readonly name: string
  readonly hostName: string
  /** Per slot: host ids are, so keys do not follow a swap (learn: azure-functions/functions-deployment-slots). */
  readonly keys: HostKeys = { master: newKey(), system: {}, functions: { default: newKey() } }
  state: 'Running' | 'Stopped' = 'Running'
  /** Set while this slot is prepared for a swap (applySlotConfig). */
  targetSwapSlot: string | undefined
  slotSwapStatus: SlotSwapStatus | undefined
  /** How many instances ARM lists while it runs; one process serves them all. */
  instances = 1
  #settings: Settings
  #worker: Worker | undefined
  readonly #contentRoot: string

  constructor({ siteName, name, hostName, settings, contentRoot }: SlotOptions) {
    this.siteName = siteName
    this.name = name
    this.hostName = hostName
    this.#settings = { ...settings }
    this.#contentRoot = contentRoot
  }

  get settings(): Readonly<Settings> {
    return this.#settings
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new Error(`Slot '${this.name}' has no worker yet.`)
    return this.#worker
  }

  get host(): Host | undefined {
    return this.worker.host
  }

  /** The worker serves this slot from now on, under its hostname and keys. */
  adopt(worker: Worker): void {
    worker.home = this
    this.#worker = worker
  }

  /** Resolves when the host of the moment has come up. */
  async ready(): Promise<void> {
    await this.host?.ready
  }

  /** Replaces the whole set without a restart; the caller restarts when Azure would. */
  replaceSettings(settings: Readonly<Settings>): void {
    this.#settings = { ...settings }
  }

  /** Puts a folder or a zip (path or bytes) on the slot and restarts it. */
  async deploy(content: string | Buffer): Promise<void> {
    const place = await placeContent(this.#contentRoot, content)
    this.worker.contentDir = place
    await this.restart()
  }

  async restart(): Promise<void> {
    if (this.state === 'Running') await this.worker.restart(this.#settings)
  }

  async start(): Promise<void> {
    this.state = 'Running'
    await this.worker.restart(this.#settings)
  }

  async stop(): Promise<void> {
    this.state = 'Stopped'
    await this.worker.stop()
  }

  /** A request to the slot's public hostname. */
  async serve(call: Call): Promise<Reply> {
    if (this.state === 'Stopped') return html(403, 'Error 403 - This web app is stopped.')
    return this.worker.handle(call, call.path, 'public')
  }
}

/** Keys look as the host makes them: 40 bytes, URL-safe. */
function newKey(): string {
  return `${randomBytes(40).toString('base64url')}==`
}
