import { setMaxListeners } from 'node:events'
import { Cancelled } from '../../../failures.ts'
import type { ScanWatch } from '../../../task-hub/idle-proof/scan-watch.ts'
import { Outlet } from './outlet.ts'
import { widest } from '../requests/pace.ts'
import { RangeScan } from './range-scan.ts'
import type { Columns } from '../rows.ts'
import type { Store } from '../store.ts'

export type ScanQuery = {
  readonly table: string
  /** OData, of at most 13 comparisons: the range of keys adds two, and the service takes 15 (Querying tables and entities). */
  readonly filter: string
  readonly select: readonly string[]
  /** The same choice as the filter's: some pages are read without it, to learn where the keys are. */
  readonly wanted: (columns: Columns) => boolean
  readonly watch: ScanWatch
}

/** Batches that may wait for the one who asked. */
const mostBatches = 64

/**
 * All rows of a table that are wanted, each once, in batches of no order. Ranges of keys are read side by side, as wide as
 * the account's pace allows, with little more than one page of each in memory. Dates are ISO texts. Throws `AzureFailure`,
 * for a missing table `notFound`, as soon as one range fails, or `Cancelled`; then, and when the caller stops early, all
 * requests are ended before this returns.
 */
export async function* scanTable(
  store: Store,
  query: ScanQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly Columns[], void, undefined> {
  const stop = new AbortController()
  // Each request listens; without this Node warns of a leak from the eleventh on.
  setMaxListeners(0, stop.signal)
  const cancel = () => {
    stop.abort()
  }
  if (signal.aborted) throw new Cancelled()
  signal.addEventListener('abort', cancel, { once: true })
  const outlet = new Outlet<readonly Columns[]>(mostBatches)
  const unwatch = store.caller.pace.watch((sideBySide) => query.watch.slowedDown(sideBySide))
  const scan = new RangeScan(store, { ...query, put: (rows) => outlet.put(rows) }, stop.signal)
  const worker = async () => {
    try {
      await scan.work()
    } catch (error) {
      outlet.close({ error: signal.aborted ? new Cancelled() : error })
      stop.abort()
      scan.wake()
    }
  }
  const workers = Promise.all(Array.from({ length: widest }, worker)).then(() => outlet.close())
  try {
    yield* outlet.all()
  } finally {
    stop.abort()
    outlet.close()
    scan.wake()
    await workers
    unwatch()
    signal.removeEventListener('abort', cancel)
  }
}
