// What can be asked of a site or slot, and which permission each asks for.
// Actions: learn.microsoft.com/azure/role-based-access-control/permissions/web-and-mobile#microsoftweb
import { json } from '../http/call.ts'
import type { SlotHandler } from './context.ts'
import { forwardToHost, getFunction, listFunctions, listHostKeys, listInstances } from './host-access.ts'
import { siteView } from './resources.ts'
import { getSlotConfigNames, listAppSettings, putAppSettings, putSlotConfigNames } from './settings.ts'
import { applySlotConfig, listDifferences, pollOperation, resetSlotConfig, startSwap } from './swaps.ts'

export type Route = {
  readonly method: string
  /** Against what follows the site or slot. */
  readonly path: RegExp
  /** Below Microsoft.Web/sites or Microsoft.Web/sites/slots. */
  readonly action: string
  /** Refused with 409 while an operation runs. */
  readonly changes?: true
  /** Exists for the app only, not for its slots. */
  readonly siteOnly?: true
  readonly handle: SlotHandler
}

const power =
  (what: 'start' | 'stop' | 'restart'): SlotHandler =>
  async ({ app, slot }) => {
    if (what !== 'stop') app.record('restart', slot)
    await slot[what]()
    return { status: 200, effect: true }
  }

const getSite: SlotHandler = ({ app, slot, options }) => json(200, siteView(app, slot, options.place))

const listSlots: SlotHandler = ({ app, options }) => {
  const slots = app.slots.filter((slot) => slot.name !== 'production')
  return json(200, { value: slots.map((slot) => siteView(app, slot, options.place)), nextLink: null })
}

export const routes: readonly Route[] = [
  { method: 'GET', path: /^$/, action: 'read', handle: getSite },
  { method: 'GET', path: /^slots$/i, action: 'slots/read', siteOnly: true, handle: listSlots },
  { method: 'POST', path: /^config\/appsettings\/list$/i, action: 'config/list/action', handle: listAppSettings },
  { method: 'PUT', path: /^config\/appsettings$/i, action: 'config/write', changes: true, handle: putAppSettings },
  {
    method: 'GET',
    path: /^config\/slotConfigNames$/i,
    action: 'config/read',
    siteOnly: true,
    handle: getSlotConfigNames,
  },
  {
    method: 'PUT',
    path: /^config\/slotConfigNames$/i,
    action: 'config/write',
    changes: true,
    siteOnly: true,
    handle: putSlotConfigNames,
  },
  { method: 'POST', path: /^slotsdiffs$/i, action: 'slotsdiffs/action', handle: listDifferences },
  { method: 'POST', path: /^slotsswap$/i, action: 'slotsswap/action', changes: true, handle: startSwap },
  {
    method: 'POST',
    path: /^applySlotConfig$/i,
    action: 'applySlotConfig/action',
    changes: true,
    handle: applySlotConfig,
  },
  {
    method: 'POST',
    path: /^resetSlotConfig$/i,
    action: 'resetSlotConfig/action',
    changes: true,
    handle: resetSlotConfig,
  },
  { method: 'POST', path: /^host\/default\/listkeys$/i, action: 'host/listkeys/action', handle: listHostKeys },
  { method: 'GET', path: /^functions$/i, action: 'functions/read', handle: listFunctions },
  { method: 'GET', path: /^functions\/([^/]+)$/i, action: 'functions/read', handle: getFunction },
  { method: 'GET', path: /^instances$/i, action: 'instances/read', handle: listInstances },
  { method: 'POST', path: /^start$/i, action: 'start/action', changes: true, handle: power('start') },
  { method: 'POST', path: /^stop$/i, action: 'stop/action', changes: true, handle: power('stop') },
  { method: 'POST', path: /^restart$/i, action: 'restart/action', changes: true, handle: power('restart') },
  {
    method: 'POST',
    path: /^syncfunctiontriggers$/i,
    action: 'syncfunctiontriggers/action',
    handle: () => ({ status: 204 }),
  },
  { method: 'GET', path: /^operationresults\/([^/]+)$/i, action: 'operationresults/read', handle: pollOperation },
  { method: 'GET', path: /^hostruntime\/(.+)$/i, action: 'hostruntime/host/read', handle: forwardToHost },
  { method: 'POST', path: /^hostruntime\/(.+)$/i, action: 'hostruntime/host/action', handle: forwardToHost },
  { method: 'PUT', path: /^hostruntime\/(.+)$/i, action: 'hostruntime/host/write', handle: forwardToHost },
  { method: 'DELETE', path: /^hostruntime\/(.+)$/i, action: 'hostruntime/host/delete', handle: forwardToHost },
]
