import type { ScanWatch } from '../../../task-hub/idle-proof/scan-watch.ts'
import { widest } from '../requests/pace.ts'
import { rowsPerPage } from './key-range-query.ts'

/** Fewer rows than this are read before anybody asks. */
const fewestRows = 20_000
/** An estimate is told when nothing is unknown any more, and after so many requests in any case. */
const mostRequestsBefore = 200
/** An estimate that was exceeded is told anew where there is this much more than it said. */
const furtherBy = 1.5

/** Tells the watch how long a scan will take and how far it is; again where what was told has been read and more is left. */
export class ScanReport {
  readonly #watch: ScanWatch
  #isEstimated = false
  /** Pages of the last estimate; none of a scan that seemed short. */
  #estimate = fewestRows / rowsPerPage
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
    const all = Math.round(pages + pagesLeft)
    const isNews = this.#isEstimated && pages > this.#estimate && all >= furtherBy * this.#estimate
    if (isNews || (!this.#isEstimated && (unknown === 0 || requests >= mostRequestsBefore))) {
      this.#isEstimated = true
      if (all > this.#estimate) {
        const seconds = (pagesLeft * busyMs) / requests / widest / 1000
        this.#watch.estimated({ rows: all * rowsPerPage, requests: Math.ceil(requests + pagesLeft), seconds })
        this.#estimate = all
        this.#share = 0
      }
    }
    if (!this.#isEstimated) return
    // A part that turns out fuller than was thought does not take the share back, but a new estimate does.
    this.#share = Math.max(this.#share, pages / (pages + pagesLeft))
    this.#watch.progress({ share: this.#share, requests })
  }
}
