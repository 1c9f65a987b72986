// What the rivals must find out: a lock that is not one.
import type { RecordStore, StoredText } from '../../../core/task-hub/ports.ts'
import type { Deps } from '../../../tasks/deps.ts'
import type { Twist } from './play.ts'

export const mutants: Readonly<Record<string, Twist>> = {
  'a fence that does nothing': { deps: withRecords(rememberingStore) },
  'a store that ignores ETags': { scene: ({ world }) => void (world.ignoresEtags = true) },
  'a swap that is asked for again when its reply is lost': { deps: askingAgain },
  'a claim that takes every lock for its own': { deps: withRecords(greedyStore) },
}

/** Once the lock was claimed, all that is read is what was written before, and nothing is written any more. */
function rememberingStore(inner: RecordStore, { run }: Deps): RecordStore {
  let mine: StoredText | undefined
  return {
    read: async (app, signal) => mine ?? (await inner.read(app, signal)),
    write: async (app, text, etag, signal) => {
      if (mine) {
        mine = { ...mine, text }
        return 'written'
      }
      const answer = await inner.write(app, text, etag, signal)
      const stored =
        answer === 'written' && text.includes(`"id": "${run.id ?? ''}"`) ? await inner.read(app, signal) : undefined
      mine = stored
      return answer
    },
  }
}

/** The lock of another looks as if its time were over. */
function greedyStore(inner: RecordStore): RecordStore {
  return {
    read: async (app, signal) => {
      const stored = await inner.read(app, signal)
      const later = stored && new Date(stored.at.getTime() + 3 * 3_600_000)
      return stored && later && { ...stored, at: later }
    },
    write: (app, text, etag, signal) => inner.write(app, text, etag, signal),
  }
}

function withRecords(wrap: (inner: RecordStore, deps: Deps) => RecordStore): (deps: Deps) => Deps {
  return (deps) => {
    const { azure } = deps
    const stores = new Map<string, RecordStore>()
    const records: typeof azure.records = (storage) => {
      const store = stores.get(storage.account.id) ?? wrap(azure.records(storage), deps)
      stores.set(storage.account.id, store)
      return store
    }
    return { ...deps, azure: { ...azure, records } }
  }
}

function askingAgain(deps: Deps): Deps {
  const { azure } = deps
  const { apps } = azure
  return {
    ...deps,
    azure: {
      ...azure,
      apps: {
        list: (signal) => apps.list(signal),
        look: (app, signal) => apps.look(app, signal),
        writeSettings: (app, slot, settings, signal) => apps.writeSettings(app, slot, settings, signal),
        readOperation: (url, signal) => apps.readOperation(url, signal),
        glance: (app, slot, signal) => apps.glance(app, slot, signal),
        requestSwap: async (app, swap, signal) => {
          const reply = await apps.requestSwap(app, swap, signal)
          return reply.kind === 'lost' ? await apps.requestSwap(app, swap, signal) : reply
        },
      },
    },
  }
}
