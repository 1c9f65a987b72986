import { fnv1a } from '../../core/task-hub/rows/partition.ts'
import { Leases } from './leases.ts'
import type { Random } from './random.ts'
import type { Content, EntityState, Execution, Job, Message, Origin, Published, Row, Setting } from './state.ts'

/** The storage of a model task hub, who works on it, and the time. Reading is done elsewhere. */
export class World {
  readonly random: Random
  readonly setting: Setting
  readonly story: string[] | undefined
  readonly rows = new Map<string, Row>()
  readonly histories = new Map<string, Execution | EntityState>()
  readonly messages = new Set<Message>()
  readonly jobs: Job[] = []
  /** The storage server's time, in milliseconds. */
  now = Date.parse('2026-11-21T10:00:00Z')
  /** Counts whatever happens: tells what came before what. */
  moment = 0
  clientActs: number
  /** From here on nothing comes from outside, nobody crashes, and messages are counted exactly. */
  isCalm = false
  readonly leases: Leases
  /** Who hears the lifecycle events that hosts publish, if anybody does. */
  publish: ((event: Published) => void) | undefined
  #numbers = 0
  readonly #queues = new Map<string, number>()

  constructor(random: Random, setting: Setting, story?: string[]) {
    this.random = random
    this.setting = setting
    this.clientActs = setting.clientActs
    this.story = story
    this.leases = new Leases(setting.partitions, this.now)
  }

  /** The number of the work-item queue, after those of the control queues. */
  get workItems(): number {
    return this.setting.partitions
  }

  queueOf(id: string): number {
    const known = this.#queues.get(id) ?? fnv1a(id) % this.setting.partitions
    this.#queues.set(id, known)
    return known
  }

  nextNumber(): number {
    return (this.#numbers += 1)
  }

  tell(what: string): void {
    this.story?.push(`${this.moment}  ${new Date(this.now).toISOString().slice(11, 23)}  ${what}`)
  }

  /** Puts a message in its queue; what a client sends is an origin of its own. */
  send(to: string, content: Content, from: { readonly origin?: Origin; readonly delayMs?: number } = {}): Message {
    const queue = content.kind === 'activity' ? this.workItems : this.queueOf(to)
    const origin = from.origin ?? { queue, at: this.moment }
    const visibleAt = this.now + Math.max(0, from.delayMs ?? 0)
    const message: Message = { number: this.nextNumber(), queue, to, content, origin, visibleAt, dequeues: 0 }
    this.messages.add(message)
    return message
  }

  /** Writes a row; the columns that are not named keep what they hold, or are missing (InsertOrMerge). */
  write(key: string, columns: Partial<Omit<Row, 'key' | 'writtenAt' | 'writtenMs'>>): void {
    const before = this.rows.get(key)
    // The servers of a table's key ranges have clocks of their own.
    const writtenMs = this.now + (key.charCodeAt(key.length - 1) % 7) * 500 - 1500
    const ticks = String(this.nextNumber() % 10_000).padStart(4, '0')
    const writtenAt = new Date(writtenMs).toISOString().replace('Z', `${ticks}Z`)
    this.rows.set(key, { name: '', status: '', executionId: '', ...before, ...columns, key, writtenAt, writtenMs })
  }

  isVisible(message: Message): boolean {
    return message.visibleAt <= this.now
  }

  /** Moves time on to the next message that becomes visible, or answers false where none will. */
  skipTo(wanted: (message: Message) => boolean): boolean {
    let next = Infinity
    for (const message of this.messages) {
      if (message.visibleAt > this.now && message.visibleAt < next && wanted(message)) next = message.visibleAt
    }
    if (next === Infinity) return false
    this.now = next
    return true
  }
}
