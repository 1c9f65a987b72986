// What ARM asks the slot's host for: keys, functions, and everything below `hostruntime`.
import { json } from '../http/call.ts'
import type { SlotCall, SlotHandler } from './context.ts'
import { resourceNotFound, webError } from './errors.ts'
import { functionView, instanceView } from './resources.ts'

/** Azure's words when the host gives no answer (vscode-azurefunctions #1474). */
function noHost() {
  const message = 'Encountered an error (ServiceUnavailable) from host runtime.'
  return webError({ status: 400, code: 'BadRequest', message, extendedCode: undefined })
}

/** Keys as the models name them: masterKey, functionKeys, systemKeys. */
export const listHostKeys: SlotHandler = ({ slot }) => {
  if (slot.host === undefined) return noHost()
  const { master, functions, system } = slot.keys
  return json(200, { masterKey: master, functionKeys: { ...functions }, systemKeys: { ...system } })
}

export const listFunctions: SlotHandler = ({ app, slot, options }) => {
  const functions = slot.worker.listed
  if (functions === undefined) return noHost()
  return json(200, { value: functions.map(functionView(app, slot, options.place)), nextLink: null })
}

export const getFunction: SlotHandler = ({ app, slot, rest, options }) => {
  const functions = slot.worker.listed
  if (functions === undefined) return noHost()
  const found = functions.find(({ name }) => name.toLowerCase() === rest.toLowerCase())
  if (found === undefined)
    return resourceNotFound(`Microsoft.Web/sites/${app.name}/functions/${rest}`, app.resourceGroup)
  return json(200, functionView(app, slot, options.place)(found))
}

/** WebSiteInstanceStatusCollection: one for each machine that the slot runs on. */
export const listInstances: SlotHandler = ({ app, slot, options }) => {
  const count = slot.host === undefined ? 0 : slot.instances
  const names = Array.from({ length: count }, (_, index) => `${slot.name}${index}`.padEnd(64, '0'))
  return json(200, { value: names.map(instanceView(app, slot, options.place)), nextLink: null })
}

/** The bridge into the host, with the host's admin rights (HOST ArmExtensionResourceFilter.cs:14-60). */
export async function forwardToHost({ call, slot }: SlotCall) {
  if (slot.host === undefined) return noHost()
  // As it came: an instance id may hold an escaped slash.
  const [, path = ''] = /\/hostruntime(\/.+)$/i.exec(call.path) ?? []
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => name !== 'authorization'))
  const reply = await slot.worker.handle({ ...call, headers: { ...headers, host: slot.hostName } }, path, 'arm')
  return { ...reply, effect: call.method !== 'GET' && reply.status < 300 }
}
