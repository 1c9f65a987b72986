import { Cancelled } from '../../../failures.ts'
import { RangeLedger, type Part, type Taken } from '../../../key-range/ranges.ts'
import { isOverrun, learned, pagesIn, planStride, type Density } from '../../../key-range/stride.ts'
import { lookoutsOf, outlined } from '../../../key-range/outline.ts'
import { crowded, hoped, hopeFor, mostSurprises, surveyed } from '../../../key-range/cuts.ts'
import { densityOf, isPlausible, newest, type Sample } from '../../../key-range/sample.ts'
import { inParallel } from '../../../in-parallel.ts'
import type { ScanWatch } from '../../../task-hub/idle-proof/scan-watch.ts'
import { isBefore, KeyRangeReader, rowsPerPage, type KeyedRow } from './key-range-query.ts'
import { widest } from '../requests/pace.ts'
import type { Columns } from '../rows.ts'
import { ScanReport } from './scan-report.ts'
import type { Store } from '../store.ts'

export type RangeScanQuery = {
  readonly table: string
  readonly filter: string
  readonly select: readonly string[]
  readonly wanted: (columns: Columns) => boolean
  readonly watch: ScanWatch
  readonly put: (rows: readonly Columns[]) => Promise<void>
}

/** Rows that are read to learn how close keys stand; the first page is a whole one, for it may be all there is. */
const rowsOfSample = 100
/** A stride expected to be this long that ends after one page without a row is not believed to be as full as was thought. */
const doubtful = 3

/** What the workers of one scan share: who reads what, and what has been learned of the keys. */
export class RangeScan {
  readonly #query: RangeScanQuery
  readonly #select: readonly string[]
  readonly #signal: AbortSignal
  readonly #reader: KeyRangeReader
  readonly #ledger = new RangeLedger({ from: '', to: undefined })
  readonly #report: ScanReport
  readonly #idle: (() => void)[] = []
  readonly #doubts = new Map<number, Density>()
  /** Strides that end after one page were full all the same: this service looks at more rows a page than it returns. */
  #hasLongPages = false

  constructor(store: Store, query: RangeScanQuery, signal: AbortSignal) {
    this.#query = query
    this.#select = [...new Set(['PartitionKey', 'RowKey', ...query.select])]
    this.#signal = signal
    this.#reader = new KeyRangeReader(store, query.table)
    this.#report = new ScanReport(query.watch)
  }

  /** One worker: reads parts until all keys have been read. */
  async work(): Promise<void> {
    while (!this.#ledger.isDone) {
      if (this.#signal.aborted) throw new Cancelled()
      const part = this.#ledger.take()
      // One wakes the next: to look for a part costs time where many do it.
      if (part) this.#wakeOne()
      if (part) await this.#read(part)
      else await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
    this.wake()
  }

  /** Lets all workers that have nothing to do look again. */
  wake(): void {
    for (const resume of this.#idle.splice(0)) resume()
  }

  async #read({ id }: Taken): Promise<void> {
    let isLeft = true
    while (isLeft) {
      const part = this.#ledger.now(id)
      isLeft = part.density ? await this.#stride(part, part.density) : await this.#size(part)
      this.#wakeOne()
      this.#report.page(this.#reader, this.#ledger)
    }
  }

  /** Reads one page without the filter: it says how close keys stand here. Answers whether the part is still the worker's. */
  async #size(part: Taken): Promise<boolean> {
    const top = part.from === '' ? rowsPerPage : rowsOfSample
    const walk = this.#reader.walk({ range: part, select: this.#select, top })
    let rows: readonly KeyedRow[]
    do rows = await walk.next(this.#signal)
    while (rows.length === 0 && !walk.isDone)
    await this.#handOn(part, rows)
    const last = rows.at(-1)
    if (walk.isDone || !last) return this.#ledger.readTo(part.id, part.to)
    this.#ledger.readRow(part.id, last.key, last.rowKey)
    const rest = this.#ledger.now(part.id)
    const page = { keys: rows.map(({ key }) => key), pages: rows.length / rowsPerPage }
    const sample = newest(part, page)
    const density = densityOf(part, sample)
    this.#settleDoubt(part, density)
    if (isPlausible(density, rest, sample) || rest.surprises >= mostSurprises) {
      this.#ledger.replace(part.id, surveyed(rest, density))
      return false
    }
    const pages = hopeFor(rest, sample, part.from === '')
    const parts = pages === undefined ? await this.#outline(rest, sample) : hoped(rest, density, sample, pages)
    this.#ledger.replace(part.id, parts)
    return false
  }

  async #outline(rest: Taken, sample: Sample) {
    const lookouts = lookoutsOf(rest, sample)
    const seen = await inParallel(lookouts, widest, ({ key }) =>
      this.#reader.firstKey({ from: key, to: rest.to }, this.#signal),
    )
    return outlined(rest, sample, lookouts, seen)
  }

  /** Reads the next stretch with the filter. Answers whether the part is still the worker's. */
  async #stride(part: Taken, density: Density): Promise<boolean> {
    const { id } = part
    const { end, expected } = planStride(density, part, this.#ledger.pagesLeft / widest)
    const range = { from: part.from, to: end }
    this.#ledger.reading(id, end)
    this.#wakeOne()
    const walk = this.#reader.walk({ range, filter: this.#query.filter, select: this.#select })
    let isEmpty = true
    for (let pages = 1; ; pages++) {
      const rows = await walk.next(this.#signal)
      await this.#handOn(part, rows)
      const last = rows.at(-1)
      if (last) this.#ledger.readRow(id, last.key, last.rowKey)
      isEmpty &&= !last
      if (walk.isDone) {
        const isDoubtful = pages === 1 && isEmpty && expected >= doubtful && !this.#hasLongPages
        if (isDoubtful) this.#doubts.set(id, density)
        return this.#ledger.readTo(id, end, isDoubtful ? undefined : learned(density, range, pages))
      }
      const isMore = isOverrun(pages, expected) && this.#idle.length > 0
      const parts = isMore ? await this.#anew(this.#ledger.now(id), density, end) : undefined
      if (parts) {
        this.#ledger.replace(id, parts)
        return false
      }
    }
  }

  /** What is left of a stride that takes far more pages than were expected. */
  async #anew(part: Taken, density: Density, end: string | undefined): Promise<readonly Part[] | undefined> {
    // An outline without a lookout is the same part once more, and would be made of it for ever.
    if (!part.sample || lookoutsOf(part, part.sample).length === 0) return crowded(part, density, end)
    // The outline is of the whole part: nobody may take a piece of it meanwhile.
    this.#ledger.reading(part.id, part.to)
    return await this.#outline(part, part.sample)
  }

  async #handOn({ from, after }: Taken, rows: readonly KeyedRow[]): Promise<void> {
    const isNew = (row: KeyedRow) => after === undefined || isBefore({ key: from, rowKey: after }, row)
    const wanted = rows.filter((row) => isNew(row) && this.#query.wanted(row.columns)).map(({ columns }) => columns)
    if (wanted.length > 0) await this.#query.put(wanted)
  }

  #settleDoubt(part: Taken, density: Density): void {
    const before = this.#doubts.get(part.id)
    if (before && pagesIn(density, part) >= pagesIn(before, part) / 2) this.#hasLongPages = true
    this.#doubts.delete(part.id)
  }

  #wakeOne(): void {
    this.#idle.shift()?.()
  }
}
