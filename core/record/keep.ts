import { AzureFailure, Refusal } from '../failures.ts'
import type { Clock, Log } from '../ports.ts'
import type { RecordStore } from '../task-hub/ports.ts'
import type { RecordPlace } from './change-record.ts'
import { changeRecord } from './change-record.ts'
import type { RecordGuard } from './fence.ts'
import { parseRecord } from './parse-record.ts'
import type { AuditEntry, DeploymentRecord } from './record.ts'
import { emptyRecord } from './record.ts'

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
 * Changes the record, or begins one. The deployment itself does not rest on what is kept here, so a record that cannot be
 * kept is a warning and not a failure: so is a lock that this task has lost, which keeps it from writing, for what was done
 * was done, and the next fence ends the task. A change that answers the record it was given writes nothing. One that enters
 * no action has to come to the same when it is made twice.
 */
export async function keepRecord(
  { clock, log, lock }: { readonly clock: Clock; readonly log: Log; readonly lock?: { readonly guard: RecordGuard } },
  place: RecordPlace,
  change: (record: DeploymentRecord) => DeploymentRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    await changeRecord<AuditEntry | undefined>(
      clock,
      place,
      ({ record = emptyRecord(place.app) }, sent) => {
        if (sent && record.audit.some((each) => sameEntry(each, sent))) return { answer: sent }
        const changed = change(record)
        if (changed === record) return { answer: undefined }
        lock?.guard(place, record)
        const last = changed.audit.at(-1)
        return { write: changed, answer: last === record.audit.at(-1) ? undefined : last }
      },
      signal,
    )
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`The deployment record of '${place.app}' was not written. ${error.message}`)
  }
}

function sameEntry(left: AuditEntry, right: AuditEntry): boolean {
  return (
    left.at === right.at &&
    left.action === right.action &&
    left.taskHub === right.taskHub &&
    left.evidence === right.evidence &&
    left.by.run === right.by.run &&
    left.by.link === right.by.link
  )
}
