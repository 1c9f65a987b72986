import type { ScanWatch } from '../../../task-hub/idle-proof/scan-watch.ts'
import { widest } from '../requests/pace.ts'
import { rowsPerPage } from './key-range-query.ts'

/** Fewer rows than this are read before anybody asks. */
const fewestRows = 20_000
/** An estimate is told when nothing is unknown any more, and after so many requests in any case. */
const mostRequestsBefore = 200

/** Tells the watch how long a scan will take and how far it is. */
export class ScanReport {
  readonly #watch: ScanWatch
  #isEstimated = false
  #share = 0

  constructor(watch: ScanWatch) {
    this.#watch = watch
  }

  /** After each page. `left` is counted in pages, and says how many parts are still unknown. */
  page(
    done: { readonly requests: number; readonly pages: number; readonly busyMs: number },
    left: { readonly pagesLeft: number; readonly unknown: number },
  ): void {
    const { requests, pages, busyMs } = done
    const { pagesLeft, unknown } = left
    if (!this.#isEstimated && (unknown === 0 || requests >= mostRequestsBefore)) {
      this.#isEstimated = true
      const rows = Math.round(pages + pagesLeft) * rowsPerPage
      const seconds = (pagesLeft * busyMs) / requests / widest / 1000
      if (rows > fewestRows) this.#watch.estimated({ rows, requests: Math.ceil(requests + pagesLeft), seconds })
    }
    if (!this.#isEstimated) return
    // A part that turns out fuller than was thought does not take the share back.
    this.#share = Math.max(this.#share, pages / (pages + pagesLeft))
    this.#watch.progress({ share: this.#share, requests })
  }
}
