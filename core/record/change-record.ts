import { AzureFailure, mayPassLater } from '../failures.ts'
import type { Clock } from '../ports.ts'
import type { RecordStore, StoredText } from '../task-hub/ports.ts'
import { parseRecord } from './parse-record.ts'
import type { DeploymentRecord } from './record.ts'
import { serialiseRecord } from './serialise-record.ts'

/** The record of an app in one storage account. */
export type RecordPlace = { readonly store: RecordStore; readonly account: string; readonly app: string }

/** `record` and `at`, the account's time, as read just now; both not set where there is no record. */
export type Reading = { readonly record?: DeploymentRecord; readonly at?: Date }

/** What is to be written, and the answer once it was; or only the answer. */
export type Decision<T> = { readonly write: DeploymentRecord; readonly answer: T } | { readonly answer: T }

const triesMs = 60_000
/** So many tries there are in any case: two requests that are never answered take the minute already. */
const fewestTries = 4
const firstPauseMs = 250
const longestPauseMs = 8_000

/**
 * Reads the record, decides, and writes under the ETag that was read, again from the reading on where another run wrote in
 * between. A reply that was lost is answered by reading too: a write that came too late meets another ETag and does nothing.
 * `decide` is given the answer of the last write whose effect is not known. Ends after about a minute, but not before the
 * fourth try. Throws `Refusal` for a record that is not understood, and `AzureFailure`.
 */
export async function changeRecord<T>(
  clock: Clock,
  { store, account, app }: RecordPlace,
  decide: (reading: Reading, sent: T | undefined) => Decision<T>,
  signal: AbortSignal,
): Promise<T> {
  const from = clock.now().getTime()
  let sent: T | undefined
  let failure: AzureFailure | undefined
  for (let tried = 0; ; tried++) {
    const stored = await store.read(app, signal)
    const decision = decide(readingOf(stored, app), sent)
    if (!('write' in decision)) return decision.answer
    const written = await writeOnce(store, { app, text: serialiseRecord(decision.write), etag: stored?.etag }, signal)
    if (written === 'written') return decision.answer
    if (written !== 'conflict') {
      sent = decision.answer
      failure = written
    }
    const pauseMs = Math.min(firstPauseMs * 2 ** tried, longestPauseMs)
    const isOver = clock.now().getTime() - from + pauseMs > triesMs
    if (isOver && tried + 1 >= fewestTries) throw failure ?? contended(app, account)
    await clock.sleep(pauseMs, signal)
  }
}

function readingOf(stored: StoredText | undefined, app: string): Reading {
  return stored ? { record: parseRecord(stored.text, app), at: stored.at } : {}
}

/** Answers the failure where the write may have been done, or may be done at another try. */
async function writeOnce(
  store: RecordStore,
  { app, text, etag }: { readonly app: string; readonly text: string; readonly etag: string | undefined },
  signal: AbortSignal,
): Promise<'written' | 'conflict' | AzureFailure> {
  try {
    return await store.write(app, text, etag, signal)
  } catch (error) {
    if (error instanceof AzureFailure && (error.mayHaveHappened || mayPassLater(error))) return error
    throw error
  }
}

function contended(app: string, account: string): AzureFailure {
  const operation = `write the deployment record of '${app}'`
  return new AzureFailure(`Could not ${operation} in storage account '${account}': other runs kept changing it.`, {
    operation,
    kind: 'conflict',
  })
}
