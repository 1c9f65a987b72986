import type { RecordStore, StoredText } from '../../core/task-hub/ports.ts'
import type { FakeCalls } from './fake-calls.ts'

/** Deployment records of one account, each with an etag that every write changes. */
export class FakeRecordStore implements RecordStore {
  readonly #calls: FakeCalls
  readonly #stored = new Map<string, Omit<StoredText, 'at'>>()
  #writes = 0
  /** The clock of the storage account. */
  now = (): Date => new Date('2026-11-21T10:00:00Z')

  constructor(calls: FakeCalls) {
    this.#calls = calls
  }

  text(app: string): string | undefined {
    return this.#stored.get(app)?.text
  }

  /** Somebody else writes. */
  put(app: string, text: string): void {
    this.#stored.set(app, { text, etag: `"${++this.#writes}"` })
  }

  /** Somebody deletes the blob. */
  remove(app: string): void {
    this.#stored.delete(app)
  }

  async read(app: string, signal: AbortSignal): Promise<StoredText | undefined> {
    return await this.#calls.read('read record', signal, () => {
      const stored = this.#stored.get(app)
      return stored && { ...stored, at: this.now() }
    })
  }

  async write(
    app: string,
    text: string,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<'written' | 'conflict'> {
    return await this.#calls.change('write record', `record ${app}`, signal, () => {
      if (this.#stored.get(app)?.etag !== etag) return 'conflict'
      this.put(app, text)
      return 'written'
    })
  }
}
