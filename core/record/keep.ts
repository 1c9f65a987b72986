import { AzureFailure, Refusal } from '../failures.ts'
import type { Log } from '../ports.ts'
import type { RecordStore } from '../task-hub/ports.ts'
import { parseRecord } from './parse-record.ts'
import type { DeploymentRecord } from './record.ts'
import { emptyRecord, serialiseRecord } from './record.ts'

const mostTries = 5

/** The app's record, or undefined where there is none. Throws `Refusal` for one that cannot be read as a record. */
export async function readRecord(
  store: RecordStore,
  app: string,
  signal: AbortSignal,
): Promise<DeploymentRecord | undefined> {
  const stored = await store.read(app, signal)
  return stored && parseRecord(stored.text, app)
}

/**
 * Reads, changes and writes the record under its ETag, again from the reading on where another run wrote in between. The
 * deployment itself does not rest on the record, so a record that cannot be kept is a warning and not a failure. A change
 * that answers the record it was given writes nothing.
 */
export async function keepRecord(
  { store, log }: { readonly store: RecordStore; readonly log: Log },
  app: string,
  change: (record: DeploymentRecord) => DeploymentRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let tried = 0; tried < mostTries; tried++) {
      const stored = await store.read(app, signal)
      const record = stored ? parseRecord(stored.text, app) : emptyRecord(app)
      const changed = change(record)
      if (changed === record) return
      if ((await store.write(app, serialiseRecord(changed), stored?.etag, signal)) === 'written') return
    }
    log.warn(`The deployment record of '${app}' was not written: other runs kept changing it.`)
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`The deployment record of '${app}' was not written. ${error.message}`)
  }
}
