// Stands in for the worker of Azure Functions: gives `@azure/functions-core` to the bundle, and runs what it registers as the
// worker does (Azure/azure-functions-nodejs-worker setupCoreModule.ts:46-55, eventHandlers/InvocationHandler.ts:40-155,
// types-core/index.d.ts). Started with the bundle as its argument; talks to its parent over IPC.
import { Buffer } from 'node:buffer'
import { createRequire, Module } from 'node:module'
import process from 'node:process'

const functions = new Map()
const terminate = []
let model

class Disposable {
  dispose() {}
}

const core = {
  version: '3.10.0',
  hostVersion: '4.1037.0',
  Disposable,
  setProgrammingModel: (given) => (model = given),
  getProgrammingModel: () => model,
  registerFunction: (metadata, callback) => {
    functions.set(metadata.name, { metadata, callback })
    return new Disposable()
  },
  registerHook: (name, callback) => {
    if (name === 'appTerminate') terminate.push(callback)
    return new Disposable()
  },
  log: () => undefined,
}

const given = Module.prototype.require
Module.prototype.require = function (id) {
  return id === '@azure/functions-core' ? core : given.call(this, id)
}

createRequire(import.meta.url)(process.argv[2])
const capabilities = await model.getCapabilities({})

process.on('message', async ({ id, name, data }) => {
  try {
    process.send({ id, response: await invoke(name, data) })
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error) })
  }
})
process.on('disconnect', async () => {
  for (const callback of terminate) await callback({})
  process.exit(0)
})
process.send({
  registered: [...functions.values()].map(({ metadata }) => metadata),
  model: { name: model.name, version: model.version },
  capabilities,
})

async function invoke(name, data) {
  const { metadata, callback } = functions.get(name)
  const [trigger] = Object.keys(metadata.bindings)
  const request = { invocationId: 'one', functionId: name, inputData: [{ name: trigger, data }], triggerMetadata: {} }
  const logged = []
  const context = {
    invocationId: 'one',
    metadata,
    request,
    log: (level, category, message) => logged.push({ level, category, message }),
  }
  const invocation = model.getInvocationModel(context)
  const { context: own, inputs } = await invocation.getArguments()
  const result = await invocation.invokeFunction(own, inputs, callback)
  const response = await invocation.getResponse(own, result)
  const { body } = response.returnValue?.http ?? {}
  return { http: response.returnValue?.http, text: body?.bytes && Buffer.from(body.bytes).toString(), logged }
}
