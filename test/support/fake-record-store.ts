import type { RecordStore, StoredText } from '../../core/task-hub/ports.ts'
import type { FakeCalls } from './fake-calls.ts'

/** Deployment records of one account, each with an etag that every write changes. */
export class FakeRecordStore implements RecordStore {
  readonly #calls: FakeCalls
  readonly #stored = new Map<string, StoredText>()
  #writes = 0

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

  async read(app: string, signal: AbortSignal): Promise<StoredText | undefined> {
    return await this.#calls.read('read record', signal, () => this.#stored.get(app))
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
