import { AzureFailure } from '../../core/failures.ts'
import { isSticky } from '../../core/function-app/hub-setting.ts'
import type { AppAddress, AppPicture, Settings, SlotName, SlotPicture } from '../../core/function-app/picture.ts'
import { findSlot, sameSlot } from '../../core/function-app/picture.ts'
import type { FunctionApps, OperationState, SlotGlance, SwapReply, SwapRequest } from '../../core/function-app/ports.ts'
import type { FakeCalls } from './fake-calls.ts'

type Running = { readonly url: string; readonly app: string; readonly swap: SwapRequest; left: number }

/** Function apps as pictures that change. A swap takes some readings, of its operation or of the slots, until it is done. */
export class FakeFunctionApps implements FunctionApps {
  readonly #calls: FakeCalls
  readonly #apps: AppPicture[]
  readonly #operations = new Map<string, OperationState>()
  #running: Running | undefined
  #odd: { readonly reply: SwapReply; readonly effect: boolean }[] = []
  #ending: OperationState = { kind: 'succeeded' }
  #swaps = 0
  #swapped: (source: string, target: string) => void = () => undefined
  /** How many readings a swap takes; with Infinity it never ends. */
  readingsOfASwap = 2

  constructor(calls: FakeCalls, apps: readonly AppPicture[]) {
    this.#calls = calls
    this.#apps = [...apps]
  }

  /** What the next request for a swap is answered; without effect unless said otherwise. */
  answers(reply: SwapReply, effect = false): void {
    this.#odd.push({ reply, effect })
  }

  /** Swaps end like this and leave the slots as they were. */
  swapsFail(message: string): void {
    this.#ending = { kind: 'failed', message }
  }

  /** Somebody else changes a slot. */
  set(app: string, slot: string, settings: Settings): void {
    this.#change(this.#find(app), slot, (before) => {
      const values = before.settings.kind === 'read' ? before.settings.values : {}
      return { ...before, settings: { kind: 'read', values: { ...values, ...settings } } }
    })
  }

  put(slot: string, twist: Partial<SlotPicture>, app = this.#first): void {
    this.#change(this.#find(app), slot, (before) => ({ ...before, ...twist }))
  }

  drop(slot: string): void {
    const app = this.#find(this.#first)
    this.#replace({ ...app, slots: app.slots.filter(({ name }) => !sameSlot(name, slot)) })
  }

  /** Runs when the code of two slots has changed places. */
  onSwap(act: (source: string, target: string) => void): void {
    this.#swapped = act
  }

  pictureOf(app: string): AppPicture {
    return this.#find(app)
  }

  /** These names stay with their slot from now on, and no others. */
  stick(app: string, names: readonly string[]): void {
    this.#replace({ ...this.#find(app), stickySettings: [...names] })
  }

  async list(signal: AbortSignal): Promise<readonly AppAddress[]> {
    return await this.#calls.read('list', signal, () => this.#apps.map(({ app }) => app))
  }

  async look(address: AppAddress, signal: AbortSignal): Promise<AppPicture> {
    return await this.#calls.read('look', signal, () => {
      const app = this.#find(address.name)
      const id = this.#running?.url
      this.#pass()
      if (id === undefined || !this.#running) return this.#find(address.name)
      return { ...app, slots: app.slots.map((slot) => ({ ...slot, operationInProgress: id })) }
    })
  }

  async writeSettings(address: AppAddress, slot: SlotName, values: Settings, signal: AbortSignal): Promise<void> {
    await this.#calls.change('writeSettings', `writeSettings ${slot}`, signal, () => {
      const app = this.#find(address.name)
      if (this.#running) throw failure('conflict', 409, 'another operation is in progress')
      this.#change(app, slot, (before) => ({ ...before, settings: { kind: 'read', values: { ...values } } }))
    })
  }

  async requestSwap(address: AppAddress, swap: SwapRequest, signal: AbortSignal): Promise<SwapReply> {
    return await this.#calls.change('requestSwap', `swap ${swap.source} ${swap.target}`, signal, () => {
      const odd = this.#odd.shift()
      if (odd) {
        if (odd.effect) this.#exchange(this.#find(address.name), swap)
        return odd.reply
      }
      if (this.#running) return { kind: 'rejected', status: 409, code: 'Conflict', message: 'another operation' }
      const app = this.#find(address.name)
      if (!findSlot(app, swap.source) || !findSlot(app, swap.target)) {
        return { kind: 'rejected', status: 404, code: 'NotFound', message: 'no such slot' }
      }
      const url = `https://arm.example.net/operations/${this.#operations.size + 1}`
      this.#operations.set(url, { kind: 'running' })
      this.#running = { url, app: address.name, swap, left: this.readingsOfASwap }
      return { kind: 'accepted', operationUrl: url }
    })
  }

  async readOperation(url: string, signal: AbortSignal): Promise<OperationState> {
    return await this.#calls.read('readOperation', signal, () => {
      this.#pass()
      return this.#operations.get(url) ?? { kind: 'unknown', message: 'Azure answered 404 about the operation' }
    })
  }

  async glance(address: AppAddress, slot: SlotName, signal: AbortSignal): Promise<SlotGlance> {
    return await this.#calls.read('glance', signal, () => {
      const found = findSlot(this.#find(address.name), slot)
      if (!found) return { kind: 'missed', message: `there is no slot '${slot}'` }
      const { targetSwapSlot, lastSwap } = found
      const operationInProgress = this.#running?.url ?? found.operationInProgress
      return {
        kind: 'seen',
        ...(targetSwapSlot !== undefined && { targetSwapSlot }),
        ...(lastSwap && { lastSwap }),
        ...(operationInProgress !== undefined && { operationInProgress }),
      }
    })
  }

  get #first(): string {
    return this.#apps[0]?.app.name ?? ''
  }

  #pass(): void {
    if (!this.#running || --this.#running.left > 0) return
    const { url, app, swap } = this.#running
    this.#running = undefined
    this.#operations.set(url, this.#ending)
    if (this.#ending.kind === 'succeeded') this.#exchange(this.#find(app), swap)
  }

  /** Settings travel with the code, but for the sticky ones. */
  #exchange(app: AppPicture, { source, target }: SwapRequest): void {
    const [one, other] = [findSlot(app, source), findSlot(app, target)]
    if (one?.settings.kind !== 'read' || other?.settings.kind !== 'read') return
    const [left, right] = [one.settings.values, other.settings.values]
    const at = new Date(Date.UTC(2026, 10, 21, 9, 0, ++this.#swaps)).toISOString()
    const lastSwap = { at, source, target }
    const sides = [
      [source, moved(app, right, left)],
      [target, moved(app, left, right)],
    ] as const
    for (const [slot, values] of sides) {
      const now = this.#find(app.app.name)
      this.#change(now, slot, (before) => ({ ...before, lastSwap, settings: { kind: 'read', values } }))
    }
    this.#swapped(source, target)
  }

  #find(name: string): AppPicture {
    const found = this.#apps.find(({ app }) => app.name.toLowerCase() === name.toLowerCase())
    if (!found) throw failure('notFound', 404, `there is no app '${name}'`)
    return found
  }

  #change(app: AppPicture, slot: string, change: (before: SlotPicture) => SlotPicture): void {
    if (!findSlot(app, slot)) throw failure('notFound', 404, `there is no slot '${slot}'`)
    this.#replace({ ...app, slots: app.slots.map((each) => (sameSlot(each.name, slot) ? change(each) : each)) })
  }

  #replace(app: AppPicture): void {
    this.#apps.splice(this.#apps.indexOf(this.#find(app.app.name)), 1, app)
  }
}

/** What a slot has once the other's code came: that code's settings, and its own sticky ones. */
function moved({ stickySettings }: AppPicture, coming: Settings, staying: Settings): Settings {
  const sticks = (key: string) => isSticky(stickySettings, key)
  return Object.fromEntries([
    ...Object.entries(coming).filter(([key]) => !sticks(key)),
    ...Object.entries(staying).filter(([key]) => sticks(key)),
  ])
}

function failure(kind: 'conflict' | 'notFound', status: number, message: string): AzureFailure {
  return new AzureFailure(`Could not do it: ${message}.`, { operation: 'do it', kind, status })
}
