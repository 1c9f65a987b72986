// One process that plays cases of one suite: <suite> <form> <seed> [list].
import { realNow } from '../hurry.ts'
import type { Finding, Form, OpenSuite } from '../suite.ts'
import { loadList } from './load-list.ts'
import type { Failure, FromWorker, ToWorker } from './messages.ts'

const [name = '', form = 'full', seed = '0', list] = process.argv.slice(2)
const tellEveryMs = 250

let suite: OpenSuite | undefined
let turn = Promise.resolve()

process.on('message', (message: ToWorker) => {
  turn = turn.then(() => obey(message)).catch(broken)
})
// Without its runner nobody ends it.
process.on('disconnect', () => process.exit(1))
turn = turn.then(open).catch(broken)

async function open(): Promise<void> {
  const listed = (await loadList(list)).find((each) => each.name === name)
  if (listed === undefined) throw new Error(`there is no suite '${name}'`)
  const loaded = await listed.load()
  suite = await loaded.open(form as Form)
  tell({ kind: 'opened', shows: loaded.shows, cases: suite.cases })
}

async function obey(message: ToWorker): Promise<void> {
  if (suite === undefined) return
  if (message.kind === 'play') {
    await playAll(suite, message.cases)
    return
  }
  await suite.close()
  tell({ kind: 'closed', figures: suite.figures?.() ?? {} })
  process.disconnect()
  process.exit(0)
}

async function playAll(open: OpenSuite, cases: readonly number[]): Promise<void> {
  const failures: Failure[] = []
  const notReached: Failure[] = []
  let told = 0
  for (const index of cases) {
    // Quick cases are not told one by one: their number is in the thousands.
    if (realNow() - told > tellEveryMs) {
      told = realNow()
      tell({ kind: 'begins', index })
    }
    const finding = await play(open, index)
    if (!finding.ok) failures.push({ index, because: finding.because })
    else if (finding.notReached !== undefined) notReached.push({ index, because: finding.notReached })
  }
  tell({ kind: 'played', cases: cases.length, failures, notReached })
}

async function play(open: OpenSuite, index: number): Promise<Finding> {
  try {
    return await open.play(index, Number(seed))
  } catch (error) {
    return { ok: false, because: `the case could not be played: ${inWords(error)}` }
  }
}

function broken(error: unknown): void {
  tell({ kind: 'broken', because: inWords(error) })
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
