import { asClause, AzureFailure, mayPassLater } from '../../failures.ts'
import type { AppAddress, AppPicture, SlotName, SlotPicture, SlotSettings } from '../../function-app/picture.ts'
import { production } from '../../function-app/picture.ts'
import { unreadable } from '../http/answer.ts'
import type { ArmClient } from './client.ts'
import type { ArmReader } from './reader.ts'
import { inWords } from './reader.ts'
import type { Site } from './resources.ts'
import { readListedApp, readSettings, readSite, readStickySettings } from './resources.ts'
import { inParallel } from '../../in-parallel.ts'

const slotsAtATime = 4

/** The reading half of `FunctionApps`. */
export function armLook(arm: ArmClient, { siteUrl, read, site, pages }: ArmReader) {
  async function slotSites(app: AppAddress, main: Site, signal: AbortSignal): Promise<readonly [SlotName, Site][]> {
    // Flex Consumption has no slots (functions-deployment-slots); it need not answer a list of them.
    if (main.sku?.toLowerCase() === 'flexconsumption') return []
    const errand = { operation: `list the slots of '${app.name}'`, permission: 'Microsoft.Web/sites/slots/read' }
    const items = await pages(siteUrl(app, production, 'slots'), errand, signal)
    return items.map((item) => {
      const read = readSite(item)
      const name = read && slotNameOf(read.name, app)
      if (!read || name === undefined) throw unreadable(errand, 'not a list of slots')
      return [name, read]
    })
  }

  async function settings(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<SlotSettings> {
    const errand = {
      operation: `read the app settings of ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/config/list/action',
    }
    const url = siteUrl(app, slot, 'config', 'appsettings', 'list')
    try {
      return { kind: 'read', values: await read({ method: 'POST', url, errand }, readSettings, signal) }
    } catch (error) {
      if (!(error instanceof AzureFailure) || mayPassLater(error)) throw error
      return { kind: 'unreadable', because: asClause(error.message) }
    }
  }

  async function look(app: AppAddress, signal: AbortSignal): Promise<AppPicture> {
    const main = await site(app, production, signal)
    const errand = {
      operation: `read which settings of '${app.name}' are deployment slot settings`,
      permission: 'Microsoft.Web/sites/config/read',
    }
    const names = siteUrl(app, production, 'config', 'slotConfigNames')
    const [slots, stickySettings] = await Promise.all([
      slotSites(app, main, signal),
      read({ method: 'GET', url: names, errand }, readStickySettings, signal),
    ])
    const all: readonly (readonly [SlotName, Site])[] = [[production, main], ...slots]
    return {
      // ARM's spelling, so that a record is found again however the name was typed.
      app: main.name.toLowerCase() === app.name.toLowerCase() ? { ...app, name: main.name } : app,
      kind: main.kind,
      ...(main.sku !== undefined && { sku: main.sku }),
      stickySettings,
      slots: await inParallel(all, slotsAtATime, async ([name, read]) =>
        slotPicture(name, read, await settings(app, name, signal)),
      ),
    }
  }

  async function list(signal: AbortSignal): Promise<readonly AppAddress[]> {
    const operation = `list the function apps of the subscription '${arm.subscriptionId}'`
    const errand = { operation, permission: 'Microsoft.Web/sites/read' }
    const items = await pages(arm.url(['providers', 'Microsoft.Web', 'sites']), errand, signal)
    return items.flatMap((item) => {
      const app = readListedApp(item)
      if (app === undefined) throw unreadable(errand, 'not a list of apps')
      return app === 'other' ? [] : [app]
    })
  }

  return { look, list }
}

function slotPicture(name: SlotName, { hostName, state, ...site }: Site, settings: SlotSettings): SlotPicture {
  return {
    name,
    hostName,
    state,
    ...(site.targetSwapSlot !== undefined && { targetSwapSlot: site.targetSwapSlot }),
    ...(site.lastSwap && { lastSwap: site.lastSwap }),
    ...(site.operationInProgress !== undefined && { operationInProgress: site.operationInProgress }),
    settings,
  }
}

/** ARM names a slot `app/slot`. */
function slotNameOf(name: string, app: AppAddress): SlotName | undefined {
  const [owner, slot, ...rest] = name.split('/')
  if (owner?.toLowerCase() !== app.name.toLowerCase() || !slot || rest.length > 0) return undefined
  return slot as SlotName
}
