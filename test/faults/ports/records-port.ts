import type { RecordStore, StoredText } from '../../../core/task-hub/ports.ts'
import type { Execution } from './execution.ts'
import type { AccountWorld } from './storage-world.ts'
import type { World } from './world.ts'

/** The deployment records of one account as one execution sees them. */
export class RecordsPort implements RecordStore {
  readonly #world: World
  readonly #execution: Execution
  readonly #in: AccountWorld

  constructor(world: World, execution: Execution, account: AccountWorld) {
    this.#world = world
    this.#execution = execution
    this.#in = account
  }

  read(app: string, signal: AbortSignal): Promise<StoredText | undefined> {
    const call = { name: 'read record', about: app, mutates: false }
    return this.#execution.call(call, signal, () => {
      const stored = this.#in.records.get(app.toLowerCase())
      return stored && { ...stored, at: new Date(this.#world.now + this.#in.clockErrorMs) }
    })
  }

  write(app: string, text: string, etag: string | undefined, signal: AbortSignal): Promise<'written' | 'conflict'> {
    const call = { name: 'write record', about: app, mutates: true }
    return this.#execution.call(call, signal, () => {
      if (!this.#world.ignoresEtags && this.#in.records.get(app.toLowerCase())?.etag !== etag) return 'conflict'
      this.#in.putRecord(app, text)
      this.#world.recorded(this.#execution, { account: this.#in, text })
      return 'written'
    })
  }
}
