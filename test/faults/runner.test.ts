import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../scripts/packaging/project.ts'
import { isWell } from './runner/print.ts'

type Ended = { readonly code: number | null; readonly output: string }

describe('The runner of the fault suites', () => {
  it('ends with exit code 0 and a table when every case went well', async () => {
    const { code, output } = await run('--suite', 'fine', '--jobs', '2')

    assert.equal(code, 0, output)
    assert.match(output, /^fine +what fine shows +8 +0 +0 +\d+ +played: 8, most played: \d+$/m)
  })

  it('ends with exit code 1 when a case failed, and says how to play that case again', async () => {
    const { code, output } = await run('--suite', 'fine,failing', '--seed', '5', '--short')

    assert.equal(code, 1, output)
    assert.match(output, /^FAILED failing case 3: seed 5 is unlucky$/m)
    assert.match(output, /^ +again: npm run test:faults -- --suite failing --seed 5 --case 3 --short --list /m)
    assert.match(output, /^failing +what failing shows +4 +1 /m)
  })

  it('plays one case alone', async () => {
    const [well, bad] = await Promise.all([
      run('--suite', 'failing', '--case', '2'),
      run('--suite', 'failing', '--case', '3'),
    ])

    assert.equal(well.code, 0, well.output)
    assert.match(well.output, / 1 of 8 +0 +0 /)
    assert.equal(bad.code, 1, bad.output)
  })

  it('takes a case that throws, and one that ends its process, as failed, and plays the others', async () => {
    const { code, output } = await run('--suite', 'throwing,dying', '--jobs', '1')

    assert.equal(code, 1, output)
    assert.match(output, /^FAILED throwing case 1: the case could not be played: .*out of order/m)
    assert.match(output, /^FAILED dying case 2: the process ended with exit code 7/m)
    assert.match(output, /^dying +what dying shows +8 +1 /m)
  })

  it('fails when more than 5 % of the cases did not reach what they are about, and says which', async () => {
    const { code, output } = await run('--suite', 'missing')

    assert.equal(code, 1, output)
    assert.match(output, /^FAILED missing: 2 of 8 cases did not reach what they are about$/m)
    assert.match(output, /^ +case 1: nothing was struck$/m)
    assert.match(output, /^ +again: npm run test:faults -- --suite missing --seed \d+ --case 1 --list /m)
    assert.match(output, /^missing +what missing shows +8 +0 +2 /m)
  })

  it('lets a suite pass of which at most 5 % were not reached, and tells these', () => {
    const played = (notReached: number, cases: number) =>
      isWell({
        ...{ suite: 'some', shows: 'something', cases, chosen: cases, played: cases, failures: [], broken: [] },
        ...{
          figures: {},
          seconds: 1,
          notReached: Array.from({ length: notReached }, (_, index) => ({ index, because: '' })),
        },
      })

    assert.deepEqual([played(5, 100), played(6, 100)], [true, false])
    // In whole cases: a short form plays few, and a case that is played alone has to show something.
    assert.deepEqual([played(1, 19), played(2, 19), played(1, 9), played(1, 1)], [true, false, false, false])
  })

  it('fails when a suite cannot be opened', async () => {
    const { code, output } = await run('--suite', 'unopened')

    assert.equal(code, 1, output)
    assert.match(output, /FAILED unopened: .*no storage/)
  })

  it('refuses a suite, a case and an argument that it does not know', async () => {
    const all = await Promise.all([
      run('--suite', 'strange'),
      run('--suite', 'fine', '--case', '8'),
      run('--case', 'x'),
      run('--what'),
    ])

    assert.deepEqual(
      all.map(({ code }) => code),
      [1, 1, 1, 1],
    )
    assert.match(all[0].output, /There is no suite 'strange'; there are: fine, /)
    assert.match(all[1].output, /it has cases 0 to 7 only/)
  })
})

function run(...args: string[]): Promise<Ended> {
  const list = join(root, 'test', 'faults', 'runner', 'examples.ts')
  const script = join(root, 'test', 'faults', 'run.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--list', list, ...args], { cwd: root })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}
