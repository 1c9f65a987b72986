// A process of its own for a share of the histories: `run-histories.ts <first seed> <how many>`. One JSON document on standard
// output: what was found wrong, and how often each kind of answer came up.
import { runHistory, type Outcome } from './run-history.ts'

export type Found = {
  readonly wrong: { readonly seed: number; readonly what: string }[]
  histories: number
  stale: number
  readonly answers: Record<string, number>
  readonly rests: Record<string, number>
}

const [first = '1', count = '1'] = process.argv.slice(2)
const found: Found = { wrong: [], histories: 0, stale: 0, answers: {}, rests: {} }

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  add(await runHistory(seed))
  if (found.wrong.length > 0) break
}
process.stdout.write(JSON.stringify(found))

function add({ seed, wrong, answers, stale, rest }: Outcome): void {
  found.histories += 1
  found.stale += stale
  for (const [kind, times] of Object.entries(answers)) found.answers[kind] = (found.answers[kind] ?? 0) + times
  found.rests[rest] = (found.rests[rest] ?? 0) + 1
  found.wrong.push(...wrong.map((what) => ({ seed, what })))
}
