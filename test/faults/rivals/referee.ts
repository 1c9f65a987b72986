// The oracle of rivals. It reads the records as they are written and the changes as they are sent, knows which execution took
// which generation of the lock, and judges each change by it.
import { isObject, parseJson } from '../../../core/json.ts'
import type { Operation } from '../ports/apps-world.ts'
import type { Call, Execution, Witness } from '../ports/execution.ts'
import type { AccountWorld, HubLife } from '../ports/storage-world.ts'
import type { Deleted } from '../ports/world.ts'
import { minuteMs, slotsOn, type Scene } from './scene.ts'

/** An execution with what the referee has to know of it. */
export type Player = {
  readonly execution: Execution
  readonly run: string
  readonly hub: string
  readonly mayTakeOver: boolean
  readonly mayRelease: boolean
  readonly sick: boolean
}

type Lock = { readonly claim: string; readonly holder: string; readonly until: number; readonly changing: boolean }
type Entry = { readonly generation: number; readonly lock: Lock | undefined }

/** How the lock left the execution that had it. */
type Loss = { readonly at: number; readonly how: 'expired' | 'sameRun' | 'takeOver' | 'release' | 'endOfJob' }

type State = {
  readonly generations: Map<AccountWorld, number>
  /** When the last fence of it had its effect in each account, and whether a change was sent since. */
  readonly fences: Map<AccountWorld, { readonly at: number; used: boolean }>
  readonly losses: Map<AccountWorld, Loss>
}

export class Referee {
  readonly problems: string[] = []
  readonly figures = new Map<string, number>()
  readonly #scene: Scene
  readonly #players = new Map<Execution, Player>()
  readonly #states = new Map<Execution, State>()
  readonly #entries = new Map<AccountWorld, Entry>()
  readonly #claims = new Map<string, Execution>()
  readonly #latest = new Map<AccountWorld, number>()
  readonly #late = new Set<Execution>()
  readonly #swaps = new Map<Execution, number>()
  /** Once a change came late, what follows from it is not the fault of who came after. */
  harmPossible = false

  constructor(scene: Scene) {
    this.#scene = scene
    const { world } = scene
    world.recorded = (by, { account, text }) => this.#recorded(by, account, text)
    world.swapped = (_, operation) => this.#swapped(operation)
    world.deleted = (by, what) => this.#deleted(by, what)
    world.sick = (asker) => this.#players.get(asker)?.sick ?? false
  }

  enter(player: Player): void {
    this.#players.set(player.execution, player)
    this.#states.set(player.execution, {
      generations: new Map(),
      fences: new Map(),
      losses: new Map(),
    })
  }

  readonly witness: Witness = { sent: (execution, call) => this.#sent(execution, call) }

  count(what: string, more = 1): void {
    this.figures.set(what, (this.figures.get(what) ?? 0) + more)
  }

  /** The lock as it stands, in each account. */
  locks(): readonly Lock[] {
    return [...this.#entries.values()].flatMap(({ lock }) => lock ?? [])
  }

  #say(problem: string): void {
    this.problems.push(`${problem} (at ${new Date(this.#scene.world.now).toISOString()})`)
  }

  #recorded(by: Execution, account: AccountWorld, text: string): void {
    const before = this.#entries.get(account) ?? { generation: 0, lock: undefined }
    const now = entryOf(text)
    this.#entries.set(account, now)
    const [player, state] = [this.#players.get(by), this.#states.get(by)]
    if (!player || !state) return
    if (now.generation < before.generation) {
      this.#say(`${by.name} wrote generation ${now.generation} after ${before.generation}`)
      return
    }
    if (now.generation > before.generation) {
      this.#taken({ player, state, account }, before, now)
      return
    }
    if (now.lock && now.lock.claim === before.lock?.claim) {
      const isOwn = isClaimOf(by, now.lock)
      if (isOwn && now.lock.changing) state.fences.set(account, { at: this.#scene.world.now, used: false })
      if (!isOwn && now.lock.until !== before.lock.until) this.#say(`${by.name} renewed the lock of ${now.lock.claim}`)
      return
    }
    if (now.lock) {
      this.#say(`${by.name} took the lock without a generation of its own`)
      return
    }
    if (before.lock) this.#released({ player, account }, before.lock)
  }

  #taken(
    { player, state, account }: { player: Player; state: State; account: AccountWorld },
    before: Entry,
    { generation, lock }: Entry,
  ): void {
    const { world } = this.#scene
    const { name } = player.execution
    if (!lock || !isClaimOf(player.execution, lock)) {
      this.#say(`${name} raised the generation for somebody else`)
      return
    }
    if (generation !== before.generation + 1)
      this.#say(`${name} left out a generation: ${before.generation} to ${generation}`)
    const key = `${account.account.name} ${generation}`
    const other = this.#claims.get(key)
    if (other && other !== player.execution) this.#say(`${name} and ${other.name} both took generation ${generation}`)
    this.#claims.set(key, player.execution)
    state.generations.set(account, generation)
    state.losses.delete(account)
    this.count('claims')
    const former = before.lock
    if (!former || isClaimOf(player.execution, former)) return
    const isOver = world.now + account.clockErrorMs >= former.until
    const how = former.holder === player.run ? 'sameRun' : isOver ? 'expired' : 'takeOver'
    if (how === 'takeOver' && !player.mayTakeOver)
      this.#say(`${name} took the lock of ${former.claim}, which was in date`)
    this.count(`taken: ${how}`)
    this.#lose(account, former, how)
  }

  #released({ player, account }: { player: Player; account: AccountWorld }, lock: Lock): void {
    if (isClaimOf(player.execution, lock)) return
    const how = lock.holder === player.run ? 'endOfJob' : 'release'
    if (how === 'release' && !player.mayRelease) this.#say(`${player.execution.name} dropped the lock of ${lock.claim}`)
    this.#lose(account, lock, how)
  }

  #lose(account: AccountWorld, lock: Lock, how: Loss['how']): void {
    for (const [execution, state] of this.#states) {
      if (isClaimOf(execution, lock)) state.losses.set(account, { at: this.#scene.world.now, how })
    }
  }

  #sent(execution: Execution, call: Call): void {
    const state = this.#states.get(execution)
    if (!state) return
    if (!call.mutates || call.name === 'write record') return
    this.count('changes')
    const what = `${execution.name} sent '${call.name}'`
    if (state.generations.size === 0) {
      this.#say(`${what} without the lock`)
      return
    }
    for (const [account, generation] of state.generations) {
      const fence = state.fences.get(account)
      if (!fence || fence.used) this.#say(`${what} without a fence of its own`)
      else this.#judgeOrder(execution, { account, generation, fence, what })
      if (fence) fence.used = true
    }
  }

  #judgeOrder(
    execution: Execution,
    {
      account,
      generation,
      fence,
      what,
    }: { account: AccountWorld; generation: number; fence: { at: number }; what: string },
  ): void {
    const entry = this.#entries.get(account)
    const windowMs = this.#scene.world.now - fence.at
    const pace = execution.lastSuspendedAt >= fence.at ? 'suspended' : 'awake'
    const longest = 'most ms from fence to request, awake'
    if (pace === 'awake') this.figures.set(longest, Math.max(windowMs, this.figures.get(longest) ?? 0))
    const isOwn = entry?.generation === generation && entry.lock && isClaimOf(execution, entry.lock)
    const latest = this.#latest.get(account) ?? 0
    const loss = this.#states.get(execution)?.losses.get(account)
    if (!isOwn) {
      if (!loss || loss.at < fence.at) {
        this.#say(`${what} in a generation it had lost before its fence`)
        return
      }
      this.count(`stale requests (${loss.how}, ${pace})`)
      this.harmPossible = true
      this.#late.add(execution)
    }
    if (latest > generation) {
      this.count(`requests after one of a later generation (${loss?.how ?? '?'}, ${pace})`)
      // The shortest lock, less what its clock may count in rounding, and the wait of who takes over.
      const least = loss?.how === 'expired' ? 14 * minuteMs : loss?.how === 'takeOver' ? 99_000 : 0
      if (windowMs < least) this.#say(`${what} after one of generation ${latest}, ${windowMs} ms after its fence`)
    }
    this.#latest.set(account, Math.max(latest, generation))
  }

  /** Each swap that really happened must have brought the hub that its run wanted. */
  #swapped({ by }: Operation): void {
    const player = this.#players.get(by)
    if (!player) return
    const times = (this.#swaps.get(by) ?? 0) + 1
    this.#swaps.set(by, times)
    this.count('swaps')
    const runs = slotHub(this.#scene, 'production')
    const isBack = player.sick && times === 2
    if (isBack || runs === player.hub) return
    this.#harm(`the swap of ${by.name} (its number ${times}) left production with '${runs}', not '${player.hub}'`)
  }

  #deleted(by: Execution, { life, name, hub }: Deleted): void {
    this.count('parts deleted')
    if (life.name.toLowerCase() !== hub.toLowerCase())
      this.#say(`${name} of '${life.name}' was deleted as a part of '${hub}'`)
    const slots = slotsOn(this.#scene.app, life)
    if (slots.length > 0)
      this.#harm(`${by.name} deleted ${name} of hub '${life.name}', which slot '${slots.join()}' uses`)
    if (isLive(life)) this.#harm(`${by.name} deleted ${name} of hub '${life.name}', which has live work`)
  }

  /** What a request that was late may have caused is counted, and is no problem of its own. */
  #harm(what: string): void {
    if (this.harmPossible) this.count('harm after a stale request')
    else this.#say(what)
  }
}

function isLive(life: HubLife): boolean {
  return life.running > 0
}

export function slotHub({ app }: Scene, slot: string): string {
  return app.slots.find(({ name }) => name === slot)?.settings['TaskHubName'] ?? ''
}

export function isClaimOf({ name }: Execution, { claim }: Pick<Lock, 'claim'>): boolean {
  return claim.startsWith(`${name}#`)
}

function entryOf(text: string): Entry {
  const record = parseJson(text)
  if (!isObject(record)) throw new Error('the record is no object')
  const { generation, lock } = record
  const count = typeof generation === 'number' ? generation : 0
  if (!isObject(lock) || !isObject(lock['holder'])) return { generation: count, lock: undefined }
  const { claim, until, changing, holder } = lock
  return {
    generation: count,
    lock: {
      claim: String(claim),
      holder: String(holder['id']),
      until: Date.parse(String(until)),
      changing: changing !== undefined,
    },
  }
}
