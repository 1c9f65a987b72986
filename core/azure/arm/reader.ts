import type { AppAddress, SlotName } from '../../function-app/picture.ts'
import { production, sameSlot } from '../../function-app/picture.ts'
import type { Errand } from '../http/answer.ts'
import { unreadable } from '../http/answer.ts'
import type { ArmClient } from './client.ts'
import type { Page, Site } from './resources.ts'
import { readPage, readSite } from './resources.ts'

/** A subscription has some thousand sites at most, an app some twenty slots (learn: azure-subscription-service-limits). */
const mostPages = 300
const mostItems = 20_000

/** Reads documents of sites and slots; whatever is not what its schema promises is an `AzureFailure` of kind unreadable. */
export function armReader(arm: ArmClient) {
  const siteUrl = (app: AppAddress, slot: SlotName, ...rest: readonly string[]): string => {
    const place = sameSlot(slot, production) ? [] : ['slots', slot]
    return arm.url([
      'resourceGroups',
      app.resourceGroup,
      'providers',
      'Microsoft.Web',
      'sites',
      app.name,
      ...place,
      ...rest,
    ])
  }

  async function read<T>(
    request: { method: 'GET' | 'POST'; url: string; errand: Errand },
    parse: (json: unknown) => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    const answer = await arm.read(request, signal)
    const parsed = parse(answer.json)
    if (parsed === undefined) throw unreadable(request.errand, 'not the document that was asked for', answer)
    return parsed
  }

  async function site(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<Site> {
    const errand = {
      operation: `read ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/read',
      whenMissing: sameSlot(slot, production)
        ? `Correct appName ('${app.name}') or resourceGroupName ('${app.resourceGroup}').`
        : `Correct the slot's name.`,
    }
    return await read({ method: 'GET', url: siteUrl(app, slot), errand }, readSite, signal)
  }

  /** All items of a list. A link that repeats would go on for ever, one to another host would carry the token there. */
  async function pages(first: string, errand: Errand, signal: AbortSignal): Promise<readonly unknown[]> {
    const items: unknown[] = []
    const seen = new Set<string>()
    for (let url: string | undefined = first; url !== undefined;) {
      if (seen.has(url) || seen.size >= mostPages) throw unreadable(errand, 'a list whose pages repeat or have no end')
      seen.add(url)
      const page: Page = await read({ method: 'GET', url, errand }, readPage, signal)
      if (items.length + page.items.length > mostItems)
        throw unreadable(errand, `a list of more than ${mostItems} items`)
      for (const item of page.items) items.push(item)
      if (page.nextLink !== undefined && !arm.isOwn(page.nextLink)) {
        throw unreadable(errand, 'a list that goes on at another host')
      }
      url = page.nextLink === undefined ? undefined : new URL(page.nextLink, arm.base).href
    }
    return items
  }

  return { siteUrl, read, site, pages }
}

export type ArmReader = ReturnType<typeof armReader>

export function inWords(app: AppAddress, slot: SlotName): string {
  return sameSlot(slot, production) ? `function app '${app.name}'` : `slot '${slot}' of '${app.name}'`
}
