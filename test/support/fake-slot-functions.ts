import { AzureFailure } from '../../core/failures.ts'
import type { RunningFunctions, SlotFunction, StickyNames } from '../../core/function-app/functions.ts'
import type { AppAddress, Settings, SlotName } from '../../core/function-app/picture.ts'
import { findSlot } from '../../core/function-app/picture.ts'
import type { SlotFunctions } from '../../core/function-app/ports.ts'
import type { FakeCalls } from './fake-calls.ts'
import type { FakeFunctionApps } from './fake-function-apps.ts'

type Deployed = { readonly name: string; readonly trigger?: string; readonly offByCode?: boolean }
type Host = { settings: Settings; left: number }

/** The functions of an app's slots. The host goes by the settings it was started with, and what ARM lists lags behind it. */
export class FakeSlotFunctions implements SlotFunctions {
  readonly #calls: FakeCalls
  readonly #apps: FakeFunctionApps
  readonly #deployed = new Map<string, readonly Deployed[]>()
  readonly #hosts = new Map<string, Host>()
  #down: string | undefined
  /** Lists of slotConfigNames that nobody here changes. */
  others: Readonly<Record<string, unknown>> = { connectionStringNames: null, azureStorageConfigNames: ['share'] }
  /** How often a host is asked, once its settings have changed, until it has them. */
  lag = 1

  constructor(calls: FakeCalls, apps: FakeFunctionApps) {
    this.#calls = calls
    this.#apps = apps
    apps.onSwap((one, other) => {
      const [left, right] = [this.#deployed.get(one) ?? [], this.#deployed.get(other) ?? []]
      this.#deployed.set(one, right)
      this.#deployed.set(other, left)
    })
  }

  /** What a slot has deployed, by name with the type of its trigger; an empty type is one that cannot be read. */
  deploy(slot: string, functions: Readonly<Record<string, string>>, offByCode: readonly string[] = []): this {
    const deployed = Object.entries(functions).map(([name, trigger]) => ({
      name,
      ...(trigger === '' ? {} : { trigger }),
      offByCode: offByCode.includes(name),
    }))
    this.#deployed.set(slot, deployed)
    return this
  }

  /** No host says what it runs. */
  goesDown(because: string): void {
    this.#down = because
  }

  async list(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<readonly SlotFunction[]> {
    return await this.#calls.read('list functions', signal, () => {
      if (findSlot(this.#apps.pictureOf(app.name), slot)) return this.#functions(app, slot)
      const message = `Could not list the functions: there is no slot '${slot}'.`
      throw new AzureFailure(message, { operation: 'list the functions', kind: 'notFound', status: 404 })
    })
  }

  async running(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<RunningFunctions> {
    return await this.#calls.read('running functions', signal, () => {
      if (this.#down !== undefined) return { kind: 'unknown', because: this.#down }
      const functions = this.#functions(app, slot)
      this.#pass(app, slot)
      return { kind: 'known', functions }
    })
  }

  async stickyNames(app: AppAddress, signal: AbortSignal): Promise<StickyNames> {
    return await this.#calls.read('stickyNames', signal, () => ({
      appSettings: this.#apps.pictureOf(app.name).stickySettings,
      others: this.others,
    }))
  }

  async writeStickyNames(app: AppAddress, names: StickyNames, signal: AbortSignal): Promise<void> {
    await this.#calls.change('writeStickyNames', 'writeStickyNames', signal, () => {
      this.#apps.stick(app.name, names.appSettings)
      this.others = names.others
    })
  }

  /** With a host that is down, ARM's list alone follows the settings. */
  #functions(app: AppAddress, slot: SlotName): readonly SlotFunction[] {
    const { settings } = this.#down === undefined ? this.#host(app, slot) : { settings: this.#settings(app, slot) }
    return (this.#deployed.get(slot) ?? []).map(({ name, trigger, offByCode }) => ({
      name,
      ...(trigger === undefined ? {} : { trigger }),
      isDisabled: offByCode === true || isOff(settings, name),
    }))
  }

  #host(app: AppAddress, slot: SlotName): Host {
    const host = this.#hosts.get(slot) ?? { settings: this.#settings(app, slot), left: this.lag }
    this.#hosts.set(slot, host)
    return host
  }

  #pass(app: AppAddress, slot: SlotName): void {
    const host = this.#host(app, slot)
    const settings = this.#settings(app, slot)
    if (JSON.stringify(settings) === JSON.stringify(host.settings)) return
    if (--host.left > 0) return
    this.#hosts.set(slot, { settings, left: this.lag })
  }

  #settings(app: AppAddress, slot: SlotName): Settings {
    const found = this.#apps.pictureOf(app.name).slots.find(({ name }) => name === slot)
    return found?.settings.kind === 'read' ? found.settings.values : {}
  }
}

function isOff(settings: Settings, name: string): boolean {
  const forms = new Set([`AzureWebJobs.${name}.Disabled`.toLowerCase(), `AzureWebJobs_${name}_Disabled`.toLowerCase()])
  return Object.entries(settings).some(
    ([key, value]) => forms.has(key.toLowerCase()) && ['1', 'true'].includes(value.toLowerCase()),
  )
}
