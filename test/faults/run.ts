/* eslint-disable no-console -- what it finds is for the terminal */
// npm run test:faults [-- --suite kill,cancel --seed 7 --case 12 --short --jobs 2 --hurry 20]
import { availableParallelism } from 'node:os'
import { loadList } from './runner/load-list.ts'
import type { RunOptions } from './runner/options.ts'
import { readOptions } from './runner/options.ts'
import type { Played } from './runner/play-suite.ts'
import { playSuite } from './runner/play-suite.ts'
import { failureLines, isWell, tableLines } from './runner/print.ts'
import type { Listed } from './suites.ts'

const sayEveryMs = 10_000

try {
  const options = readOptions(process.argv.slice(2), availableParallelism())
  process.exitCode = (await run(options, chosen(options, await loadList(options.list)))) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function chosen({ suites }: RunOptions, listed: readonly Listed[]): readonly Listed[] {
  const unknown = suites.filter((name) => !listed.some((each) => each.name === name))
  if (unknown.length > 0) {
    const known = listed.map(({ name }) => name).join(', ')
    throw new Error(`There is no suite '${unknown.join("', '")}'; there are: ${known}.`)
  }
  return suites.length === 0 ? listed : listed.filter(({ name }) => suites.includes(name))
}

async function run(options: RunOptions, listed: readonly Listed[]): Promise<boolean> {
  const { form, seed, jobs } = options
  console.log(`Suites of faults, ${form} form, seed ${seed}, ${jobs} processes at a time.`)
  const all: Played[] = []
  for (const each of listed) {
    let said = performance.now()
    const played = await playSuite(each, options, (text) => {
      if (performance.now() - said < sayEveryMs) return
      said = performance.now()
      console.log(`       ${each.name}: ${text}`)
    })
    all.push(played)
    const { suite, cases, seconds } = played
    console.log(
      `${isWell(played) ? 'ok    ' : 'FAILED'} ${suite} (${played.played} of ${cases}, ${seconds.toFixed(1)} s)`,
    )
    for (const line of failureLines(played, options)) console.log(line)
  }
  console.log(`\n${tableLines(all).join('\n')}`)
  return all.every(isWell)
}
