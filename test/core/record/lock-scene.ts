// A record in one account whose replies can be lost, and tasks that hold its lock.
import type { RecordPlace } from '../../../core/record/change-record.ts'
import { HeldLock } from '../../../core/record/held-lock.ts'
import type { DeploymentRecord, RunIdentity } from '../../../core/record/record.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import { FakeCalls } from '../../support/fake-calls.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'
import { FakeRecordStore } from '../../support/fake-record-store.ts'

export const minute = 60_000

export function runNamed(id: string): RunIdentity {
  return { id: `c/p/build/${id}`, run: id, project: 'Shop', link: `https://dev.example.net/${id}` }
}

export class LockScene {
  readonly calls = new FakeCalls()
  readonly clock = new FakeClock()
  readonly log = new FakeLog()
  readonly store: FakeRecordStore
  readonly place: RecordPlace
  readonly abort = new AbortController()
  #claims = 0

  constructor() {
    this.store = new FakeRecordStore(this.calls)
    this.store.now = () => this.clock.now()
    this.place = { store: this.store, account: 'shopdata', app: 'shop' }
  }

  get signal(): AbortSignal {
    return this.abort.signal
  }

  record(): DeploymentRecord {
    return parseRecord(this.store.text('shop') ?? '', 'shop')
  }

  /** A task of a run, which has claimed nothing yet. */
  task(id: string, takeOver?: string): HeldLock {
    const claiming = { by: runNamed(id), claim: `task ${++this.#claims}`, forMs: 120 * minute }
    return new HeldLock(this.clock, takeOver === undefined ? claiming : { ...claiming, takeOver })
  }

  async claim(id: string, { takeOver, waitMs = 0 }: { takeOver?: string; waitMs?: number } = {}): Promise<HeldLock> {
    const task = this.task(id, takeOver)
    await task.claim([this.place], { log: this.log, waitMs }, this.signal)
    return task
  }
}
