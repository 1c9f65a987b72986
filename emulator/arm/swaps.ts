// Swap, swap with preview, and the operation that a client polls.
// learn.microsoft.com/rest/api/appservice/web-apps/swap-slot, .../apply-slot-configuration-slot, .../reset-...-slot
import { Operation, PlatformError } from '../function-app/operation.ts'
import type { Slot } from '../function-app/slot.ts'
import { settingDifferences } from '../function-app/sticky.ts'
import { applyTargetSettings, putBack, swapSlots } from '../function-app/swap.ts'
import type { Reply } from '../http/call.ts'
import { json, readObject } from '../http/call.ts'
import type { SlotCall, SlotHandler } from './context.ts'
import { armError, webError } from './errors.ts'
import { differenceView, siteView, slotId } from './resources.ts'

/** Body `{ targetSlot, preserveVnet }`, both required (models CsmSlotEntity). */
function targetOf({ call, app, slot }: SlotCall): Slot {
  const body = readObject(call.body)
  const name = body?.['targetSlot']
  const bad = (message: string) => new PlatformError({ status: 400, code: 'BadRequest', message })
  if (typeof name !== 'string' || name === '') throw bad('The parameter targetSlot has an invalid value.')
  if (typeof body?.['preserveVnet'] !== 'boolean') throw bad('The parameter preserveVnet has an invalid value.')
  const target = app.find(name)
  if (target === undefined) {
    throw new PlatformError({
      status: 404,
      code: 'NotFound',
      message: `Cannot find slot with name ${name} for site ${app.name}.`,
    })
  }
  if (target === slot) throw bad(`Cannot swap slot '${slot.name}' with itself.`)
  return target
}

export const startSwap: SlotHandler = (request) => {
  const { app, slot } = request
  const target = targetOf(request)
  // What was prepared may be completed, and nothing else.
  if (slot.targetSwapSlot?.toLowerCase() !== target.name.toLowerCase()) {
    app.requireNotPrepared(slot)
    app.requireNotPrepared(target)
  }
  const operation = app.begin(new Operation('SwapSiteSlots', slot.name, () => swapSlots({ app, source: slot, target })))
  operation.preserveVnet = readObject(request.call.body)?.['preserveVnet'] === true
  return { ...pending(request, operation), effect: true }
}

export const listDifferences: SlotHandler = (request) => {
  const { app, slot, options } = request
  const differences = settingDifferences(slot.settings, targetOf(request).settings, app.stickySettings)
  return json(200, { value: differences.map(differenceView(app, slot, options.place)), nextLink: null })
}

/** Phase one of a swap with preview: the source runs with the target's sticky settings until it is swapped or reset. */
export const applySlotConfig: SlotHandler = async (request) => {
  const { app, slot } = request
  const target = targetOf(request)
  app.requireNotPrepared(slot)
  app.requireNotPrepared(target)
  const before = slot.settings
  const operation = new Operation('ApplySlotConfig', slot.name, async () => {
    await applyTargetSettings({ app, source: slot, target })
    app.beforePreview = before
    slot.targetSwapSlot = target.name
  })
  return finish(app.begin(operation))
}

export const resetSlotConfig: SlotHandler = async ({ app, slot }) => {
  const before = app.beforePreview
  if (before === undefined || slot.targetSwapSlot === undefined) return { status: 200 }
  const operation = new Operation('ResetSlotConfig', slot.name, async () => {
    await putBack({ app, source: slot }, before)
    app.beforePreview = undefined
    slot.targetSwapSlot = undefined
  })
  return finish(app.begin(operation))
}

async function finish(operation: Operation): Promise<Reply> {
  await operation.over
  return operation.problem === undefined
    ? { status: 200, effect: true }
    : { ...webError(operation.problem), effect: true }
}

/** What the Location of a swap answers: 202 until it is over, then how it ended. */
export const pollOperation: SlotHandler = (request) => {
  const { app, slot, rest, options } = request
  const operation = app.operation(rest)
  if (operation === undefined) return armError(404, 'NotFound', `The operation '${rest}' was not found.`)
  if (operation.state === 'running') return pending(request, operation)
  return operation.problem === undefined ? json(200, siteView(app, slot, options.place)) : webError(operation.problem)
}

function pending({ call, app, slot, options }: SlotCall, operation: Operation): Reply {
  const version = call.query.get('api-version') ?? ''
  const location = `https://${call.hostName}${slotId(app, slot, options.place)}/operationresults/${operation.id}?api-version=${version}`
  return { status: 202, headers: { location, 'retry-after': String(options.retryAfterSeconds()) } }
}
