// A process of its own for a share of the schedules: `run-schedules.ts <first seed> <how many>`. One JSON document on standard
// output: what was found wrong, and how often each situation came up.
import { runSchedule, type Outcome } from './schedule.ts'

export type Found = {
  readonly wrong: { readonly seed: number; readonly how: 'missed' | 'trusted' | 'held' }[]
  schedules: number
  readonly verdicts: Record<string, number>
  readonly rests: Record<string, number>
}

const [first = '1', count = '1'] = process.argv.slice(2)
const found: Found = { wrong: [], schedules: 0, verdicts: {}, rests: {} }

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const outcome = await runSchedule(seed)
  found.schedules += 1
  found.verdicts[outcome.verdict] = (found.verdicts[outcome.verdict] ?? 0) + 1
  found.rests[outcome.rest] = (found.rests[outcome.rest] ?? 0) + 1
  found.wrong.push(...wrongWith(outcome).map((how) => ({ seed, how })))
  if (found.wrong.length > 0) break
}
process.stdout.write(JSON.stringify(found))

function wrongWith({ missed, trusted, held }: Outcome): Found['wrong'][number]['how'][] {
  return [
    ...(missed.length > 0 ? (['missed'] as const) : []),
    ...(trusted === undefined ? [] : (['trusted'] as const)),
    ...(held === undefined ? [] : (['held'] as const)),
  ]
}
