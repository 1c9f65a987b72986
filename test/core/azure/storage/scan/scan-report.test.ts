import assert from 'node:assert/strict'
import { ScanReport } from '../../../../../core/azure/storage/scan/scan-report.ts'

describe('what a scan tells of itself', () => {
  function reported() {
    const rows: number[] = []
    const shares: number[] = []
    const report = new ScanReport({
      estimated: (estimate) => rows.push(estimate.rows),
      progress: ({ share }) => shares.push(share),
      slowedDown: () => undefined,
    })
    const page = (pages: number, pagesLeft: number, unknown = 0) => {
      report.page({ requests: pages, pages, busyMs: 30 * pages }, { pagesLeft, unknown })
    }
    return { rows, shares, page }
  }

  it('is nothing before the keys are known, unless that takes long', () => {
    const { rows, shares, page } = reported()
    page(1, 90, 3)
    assert.deepEqual([rows, shares], [[], []])
    page(200, 90, 3)
    assert.deepEqual(rows, [290_000])
  })

  it('is an estimate once, and a share that does not fall', () => {
    const { rows, shares, page } = reported()
    page(10, 90)
    page(20, 100)
    page(110, 10)
    assert.deepEqual(rows, [100_000])
    assert.deepEqual(shares, [0.1, 20 / 120, 110 / 120])
  })

  it('is another estimate, and the share of that, where all that was told has been read and far more is left', () => {
    const { rows, shares, page } = reported()
    page(90, 10)
    page(99, 900)
    page(101, 900)
    page(200, 801)
    assert.deepEqual(rows, [100_000, 1_001_000])
    assert.deepEqual(shares, [0.9, 0.9, 101 / 1001, 200 / 1001])
  })

  it('is an estimate later, where a scan that seemed short is not', () => {
    const { rows, page } = reported()
    page(2, 8)
    page(19, 90)
    assert.deepEqual(rows, [])
    page(21, 90)
    assert.deepEqual(rows, [111_000])
  })
})
