import assert from 'node:assert/strict'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { barsOf, tablesOf, type Measurement } from '../../../bench/start-up/bars.ts'
import { start, weigh } from '../../../bench/start-up/measure.ts'

const measured = (name: string, ms: readonly number[], bytes: number): Measurement => ({
  name,
  starts: ms.map((untilMs) => ({ firstLineMs: untilMs - 10, untilMs })),
  weight: { bytes, files: 4 },
})
const stock = measured('the stock code', [600, 500, 400], 80_000_000)
const light = measured('Light@1', [150, 900, 100], 1_000_000)

describe('the bars of the start-up', () => {
  it('compare medians, and hold at half the time and a fortieth of the bytes', () => {
    const bars = barsOf({ ours: [light, measured('Large@1', [250], 2_000_000)], stock })
    assert.deepEqual(
      bars.map(({ value, holds }) => [value, holds]),
      [
        [0.5, true],
        [0.025, true],
      ],
    )
  })

  it('take the slowest of our tasks, and the heaviest', () => {
    const slow = measured('Slow@1', [260], 1_000_000)
    const heavy = measured('Heavy@1', [100], 2_010_000)
    const holds = (...ours: Measurement[]) => barsOf({ ours, stock }).map((bar) => bar.holds)
    assert.deepEqual(holds(light, slow), [false, true])
    assert.deepEqual(holds(light, heavy), [true, false])
  })

  it('do not hold where nothing was measured', () => {
    assert.deepEqual(
      barsOf({ ours: [{ ...light, starts: [] }], stock }).map((bar) => bar.holds),
      [false, true],
    )
  })

  it('stand beside what each task took', () => {
    const [table] = tablesOf({ ours: [light], stock })
    assert.deepEqual(table?.rows[1], ['Light@1', '140', '150', '100', '1,000,000', '4'])
  })
})

describe('a start', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'start-up-test-'))))
  after(() => rmSync(folder, { recursive: true }))

  const run = (script: string) => start({ args: ['-e', script], cwd: folder, env: {}, until: /^ready/ })

  it('is timed from spawn to the first line, and to the line that is waited for', async () => {
    const { firstLineMs, untilMs } = await run("console.log('here'); setTimeout(() => console.log('ready now'), 20)")
    assert.ok(firstLineMs > 0 && firstLineMs < untilMs)
  })

  it('that never comes about is told with what the process said', async () => {
    await assert.rejects(run("console.log('here'); console.error('no such module')"), /without.*no such module/s)
  })

  it('weighs all files of a folder and of those below', () => {
    mkdirSync(join(folder, 'below'))
    writeFileSync(join(folder, 'one'), 'abc')
    writeFileSync(join(folder, 'below', 'two'), 'abcd')
    assert.deepEqual(weigh(folder), { bytes: 7, files: 2 })
  })
})
