// The thread's side: one Functions host, told what to do by messages.
import { parentPort, workerData } from 'node:worker_threads'
import { startHost } from '../host.ts'
import type { CarriedRequest, FromHost, Home, StartMessage, ToHost } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This file runs in a worker thread.')
const tell = (message: FromHost) => port.postMessage(message)

const { home: first, settings, contentDir, caPem, leaseSeconds } = workerData as StartMessage
let home: Home = told(first)

const tokens = new Map<number, { resolve(token: string): void; reject(error: Error): void }>()
let asked = 0

const host = startHost({
  get siteName() {
    return home.siteName
  },
  get slotName() {
    return home.slotName
  },
  get hostName() {
    return home.hostName
  },
  get keys() {
    return home.keys
  },
  settings,
  contentDir,
  ...(caPem === undefined ? {} : { caPem }),
  ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
  storageToken: () =>
    new Promise((resolve, reject) => {
      const id = ++asked
      tokens.set(id, { resolve, reject })
      tell({ kind: 'token', id })
    }),
  log: (line) => tell({ kind: 'log', line }),
})
void host.ready.then(() => tell({ kind: 'ready', functions: host.functions() }))

port.on('message', (message: ToHost) => {
  switch (message.kind) {
    case 'handle':
      home = told(message.home)
      void answer(message)
      break
    case 'token': {
      const waiting = tokens.get(message.id)
      tokens.delete(message.id)
      if (message.token === undefined) waiting?.reject(new Error(message.error ?? 'There is no token.'))
      else waiting?.resolve(message.token)
      break
    }
    case 'stop':
      void host
        .stop()
        .then(() => host.quiet())
        .finally(() => tell({ kind: 'quiet' }))
      break
  }
})

async function answer({ id, request, caller }: Extract<ToHost, { kind: 'handle' }>): Promise<void> {
  try {
    const response = await host.handle(requestOf(request), caller)
    tell({ kind: 'answer', id, functions: host.functions(), response })
  } catch (error) {
    tell({ kind: 'answer', id, functions: host.functions(), error: String(error) })
  }
}

function requestOf({ query, body, ...request }: CarriedRequest) {
  return { ...request, query: new URLSearchParams(query), body: Buffer.from(body) }
}

/** Keys that this host makes are the slot's: the platform is told of each. */
function told(given: Home): Home {
  const system = new Proxy(
    { ...given.keys.system },
    {
      set(keys, name, value) {
        keys[String(name)] = String(value)
        tell({ kind: 'systemKey', name: String(name), value: String(value) })
        return true
      },
    },
  )
  return { ...given, keys: { ...given.keys, system } }
}
