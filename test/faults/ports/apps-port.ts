import type { AppAddress, AppPicture, Settings, SlotName } from '../../../core/function-app/picture.ts'
import type {
  FunctionApps,
  OperationState,
  SlotGlance,
  SwapReply,
  SwapRequest,
} from '../../../core/function-app/ports.ts'
import { AzureFailure } from '../../../core/failures.ts'
import type { AppWorld, Operation, SlotWorld } from './apps-world.ts'
import { slotOf } from './apps-world.ts'
import type { Execution } from './execution.ts'
import { failure, type World } from './world.ts'

/** Function apps as one execution sees them. */
export class AppsPort implements FunctionApps {
  readonly #world: World
  readonly #execution: Execution

  constructor(world: World, execution: Execution) {
    this.#world = world
    this.#execution = execution
  }

  list(signal: AbortSignal): Promise<readonly AppAddress[]> {
    return this.#read('list', '', signal, () =>
      this.#world.apps.filter(({ sight }) => sight !== 'hidden').map(addressOf),
    )
  }

  look(app: AppAddress, signal: AbortSignal): Promise<AppPicture> {
    return this.#read('look at app', app.name, signal, () => {
      const found = this.#world.app(app.name)
      if (found.sight !== 'full') throw failure('denied', 403, `no role on '${app.name}'`)
      return pictureOf(found)
    })
  }

  writeSettings(app: AppAddress, slot: SlotName, settings: Settings, signal: AbortSignal): Promise<void> {
    return this.#change('write settings', slot, signal, () => {
      const found = this.#world.app(app.name)
      if (found.operation) throw failure('conflict', 409, 'another operation is in progress')
      const written = slotOf(found, slot)
      if (!written) throw failure('notFound', 404, `there is no slot '${slot}'`)
      written.settings = { ...settings }
      this.#world.slotChanged(found, written.name)
    })
  }

  async requestSwap(app: AppAddress, swap: SwapRequest, signal: AbortSignal): Promise<SwapReply> {
    try {
      return await this.#change('request swap', swap.source, signal, () => this.#begin(app, swap))
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      if (error.kind === 'throttled') return { kind: 'rejected', status: 429, message: error.message }
      return { kind: 'lost', message: error.message }
    }
  }

  readOperation(url: string, signal: AbortSignal): Promise<OperationState> {
    return this.#read('read operation', url, signal, (): OperationState => {
      const found = this.#world.operations.get(url)
      if (!found) return { kind: 'unknown', message: 'Azure answered 404 about the operation' }
      if (found.state === 'failed') return { kind: 'failed', message: 'the source did not warm up' }
      return { kind: found.state }
    }).catch((error: unknown): OperationState => {
      if (!(error instanceof AzureFailure)) throw error
      return { kind: 'unknown', message: error.message }
    })
  }

  glance(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<SlotGlance> {
    return this.#read('glance', slot, signal, (): SlotGlance => {
      const found = this.#world.app(app.name)
      const seen = slotOf(found, slot)
      if (!seen) return { kind: 'missed', message: `there is no slot '${slot}'` }
      return { kind: 'seen', ...marksOf(found, seen) }
    }).catch((error: unknown): SlotGlance => {
      if (!(error instanceof AzureFailure)) throw error
      return { kind: 'missed', message: error.message }
    })
  }

  #begin(address: AppAddress, { source, target }: SwapRequest): SwapReply {
    const { time, manners, operations } = this.#world
    const app = this.#world.app(address.name)
    if (app.operation) return { kind: 'rejected', status: 409, code: 'Conflict', message: 'another operation' }
    const [from, to] = [slotOf(app, source), slotOf(app, target)]
    if (!from || !to) return { kind: 'rejected', status: 404, code: 'NotFound', message: 'no such slot' }
    const url = `https://arm.example.net/operations/${operations.size + 1}`
    const operation: Operation = { url, source: from, target: to, by: this.#execution, state: 'running' }
    operations.set(url, operation)
    app.operation = operation
    from.targetSwapSlot = to.name
    const [first, second, last] = manners.swapPhasesMs()
    const fails = manners.swapFails()
    const sides = manners.targetFirst() ? [to, from] : [from, to]
    const was = new Map(sides.map((slot) => [slot, slot.settings]))
    const give = (side: SlotWorld | undefined) => {
      if (!side || fails) return
      side.settings = movedTo(app, side, was.get(side === from ? to : from) ?? {})
      this.#world.slotChanged(app, side.name)
    }
    time.at(time.now + first, () => give(sides[0]))
    time.at(time.now + first + second, () => {
      give(sides[1])
      if (!fails) this.#world.swapped(app, operation)
    })
    time.at(time.now + first + second + last, () => {
      operation.state = fails ? 'failed' : 'succeeded'
      delete app.operation
      delete from.targetSwapSlot
      if (fails) return
      const lastSwap = { at: new Date(time.now).toISOString(), source: from.name, target: to.name }
      for (const side of sides) side.lastSwap = lastSwap
    })
    return { kind: 'accepted', operationUrl: url }
  }

  #read<T>(name: string, about: string, signal: AbortSignal, act: () => T): Promise<T> {
    return this.#execution.call({ name, about, mutates: false }, signal, act)
  }

  #change<T>(name: string, about: string, signal: AbortSignal, act: () => T): Promise<T> {
    return this.#execution.call({ name, about, mutates: true }, signal, act)
  }
}

/** The other's code with its settings, and the sticky ones of the slot. */
function movedTo({ sticky }: AppWorld, side: SlotWorld, coming: Settings): Record<string, string> {
  const stays = (key: string) => sticky.some((each) => each.toLowerCase() === key.toLowerCase())
  return Object.fromEntries([
    ...Object.entries(coming).filter(([key]) => !stays(key)),
    ...Object.entries(side.settings).filter(([key]) => stays(key)),
  ])
}

function addressOf({ name, resourceGroup }: AppWorld): AppAddress {
  return { name, resourceGroup }
}

function pictureOf(app: AppWorld): AppPicture {
  return {
    app: addressOf(app),
    kind: 'functionapp',
    sku: 'ElasticPremium',
    stickySettings: app.sticky,
    slots: app.slots.map((slot) => ({
      name: slot.name as SlotName,
      hostName: `${app.name}-${slot.name}.example.net`,
      state: 'Running',
      settings:
        slot.unreadable === undefined
          ? { kind: 'read', values: slot.settings }
          : { kind: 'unreadable', because: slot.unreadable },
      ...marksOf(app, slot),
    })),
  }
}

function marksOf({ operation }: AppWorld, { targetSwapSlot, lastSwap }: SlotWorld) {
  return {
    ...(targetSwapSlot === undefined ? {} : { targetSwapSlot }),
    ...(lastSwap === undefined ? {} : { lastSwap }),
    ...(operation === undefined ? {} : { operationInProgress: operation.url }),
  }
}
