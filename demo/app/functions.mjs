// An order-processing app. Every step notes which version of the app carried it out, so that an order's output shows whether
// it ended on the version it began on. A real change between versions would be in the steps; here it is the version itself:
// the names of the activities carry it, so code of another version cannot go on with an order it did not begin.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { URL } from 'node:url'

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'))
const ofThisVersion = (step) => `${step}V${version.replaceAll('.', '_')}`

const setting = (input, name, otherwise) => input?.[name] ?? otherwise

/** @param {{ order: number, pauseSeconds?: number, stepMs?: number }} input of an order */
function* ProcessOrder(context) {
  const order = context.input
  const steps = []
  steps.push(yield context.callActivity(ofThisVersion('ReserveStock'), order))
  const pauseMs = setting(order, 'pauseSeconds', 2) * 1000
  yield context.createTimer(new Date(context.currentUtcDateTime.getTime() + pauseMs))
  const charged = context.callActivity(ofThisVersion('ChargeCustomer'), order)
  const packed = context.callActivity(ofThisVersion('PackParcel'), order)
  steps.push(...(yield context.all([charged, packed])))
  steps.push(...(yield context.callSubOrchestrator('ShipOrder', order)))
  context.signalEntity('@shipped@orders', 'add', 1)
  const versions = [...new Set(steps.map((step) => step.version))]
  return { order: order?.order, steps, versions, beganOn: steps[0].version, endedOn: steps.at(-1).version }
}

function* ShipOrder(context) {
  const label = yield context.callActivity(ofThisVersion('PrintLabel'), context.input)
  const parcel = yield context.callActivity(ofThisVersion('HandOver'), context.input)
  return [label, parcel]
}

function step(name) {
  return async (order, context) => {
    await delay(setting(order, 'stepMs', 100))
    return { step: name, version: context.appVersion }
  }
}

export const orchestrators = { ProcessOrder, ShipOrder }

export const activities = Object.fromEntries(
  ['ReserveStock', 'ChargeCustomer', 'PackParcel', 'PrintLabel', 'HandOver'].map((name) => [
    ofThisVersion(name),
    step(name),
  ]),
)

export const entities = {
  shipped(context) {
    if (context.operation === 'add') context.setState(context.getState(0) + Number(context.input ?? 1))
  },
}

export const starters = {
  /** Takes an order every second; the sleep of an order differs, so that some are always in flight. */
  TakeOrders: {
    type: 'timer',
    everyMs: 1000,
    run: (client) => client.startNew('ProcessOrder', { order: Date.now(), pauseSeconds: 1 + (Date.now() % 4) }),
  },
  PlaceOrder: {
    type: 'http',
    route: 'orders',
    methods: ['POST'],
    authLevel: 'anonymous',
    async run(request, client) {
      return { status: 202, body: { id: await client.startNew('ProcessOrder', request.json()), version } }
    },
  },
}
