import type { AppPicture, Settings, SlotName, SlotPicture } from '../../core/function-app/picture.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { viewOf } from '../../core/function-app/view.ts'

/** A connection string of an account on the public cloud. */
export function connectionTo(account: string): string {
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=a2V5;EndpointSuffix=core.windows.net`
}

type SlotTwist = {
  readonly hub?: string | undefined
  readonly account?: string
  readonly settings?: Settings
  readonly unreadable?: string
  readonly targetSwapSlot?: string
  readonly operationInProgress?: string
  /** When the swap of staging and production ended that the slot tells of. */
  readonly swappedAt?: string
  readonly state?: string
}

/** A function app with production and staging, both sane; each call returns another builder. */
export class AppBuilder {
  readonly #slots: ReadonlyMap<string, SlotTwist>
  readonly #rest: { name: string; sku: string; sticky: readonly string[] }

  constructor(slots: ReadonlyMap<string, SlotTwist>, rest: { name: string; sku: string; sticky: readonly string[] }) {
    this.#slots = slots
    this.#rest = rest
  }

  slot(name: string, twist: SlotTwist): AppBuilder {
    return new AppBuilder(new Map([...this.#slots, [name, { ...this.#slots.get(name), ...twist }]]), this.#rest)
  }

  without(name: string): AppBuilder {
    return new AppBuilder(new Map([...this.#slots].filter(([slot]) => slot !== name)), this.#rest)
  }

  sticky(...names: string[]): AppBuilder {
    return new AppBuilder(this.#slots, { ...this.#rest, sticky: names })
  }

  named(name: string): AppBuilder {
    return new AppBuilder(this.#slots, { ...this.#rest, name })
  }

  plan(sku: string): AppBuilder {
    return new AppBuilder(this.#slots, { ...this.#rest, sku })
  }

  picture(): AppPicture {
    return {
      app: { name: this.#rest.name, resourceGroup: 'shop-rg' },
      kind: 'functionapp',
      sku: this.#rest.sku,
      stickySettings: this.#rest.sticky,
      slots: [...this.#slots].map(([name, twist]) => slotPicture(name, twist)),
    }
  }

  view(): AppView {
    return viewOf(this.picture(), standardNames)
  }
}

export const standardNames = {
  taskHubSetting: 'TaskHubName',
  storageSetting: 'AzureWebJobsStorage',
  storageSuffix: 'core.windows.net',
}

export function app(): AppBuilder {
  return new AppBuilder(
    new Map([
      ['production', { hub: 'shop100' }],
      ['staging', { hub: 'shop99' }],
    ]),
    { name: 'shop', sku: 'ElasticPremium', sticky: [] },
  )
}

function slotPicture(name: string, twist: SlotTwist): SlotPicture {
  const { hub, account = 'shopdata', unreadable, targetSwapSlot, operationInProgress, swappedAt } = twist
  const values = {
    AzureWebJobsStorage: connectionTo(account),
    ...(hub === undefined ? {} : { TaskHubName: hub }),
    ...twist.settings,
  }
  return {
    name: name as SlotName,
    hostName: `shop-${name}.example.net`,
    state: twist.state ?? 'Running',
    settings: unreadable === undefined ? { kind: 'read', values } : { kind: 'unreadable', because: unreadable },
    ...(targetSwapSlot === undefined ? {} : { targetSwapSlot }),
    ...(operationInProgress === undefined ? {} : { operationInProgress }),
    ...(swappedAt === undefined ? {} : { lastSwap: { at: swappedAt, source: 'staging', target: 'Production' } }),
  }
}
