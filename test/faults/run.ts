/* eslint-disable no-console -- what it finds is for the terminal */
// npm run test:faults [-- --suite kill,cancel --seed 7 --case 12 --short --jobs 2 --hurry 20]
import { availableParallelism } from 'node:os'
import { upToDatePackage } from '../../scripts/packaging/packaged.ts'
import { loadList } from './runner/load-list.ts'
import type { RunOptions } from './runner/options.ts'
import { readOptions } from './runner/options.ts'
import type { Listener, Played } from './runner/play-suite.ts'
import { playSuite } from './runner/play-suite.ts'
import { failureLines, isWell, suiteLines, tableLines } from './runner/print.ts'
import type { Listed } from './suites.ts'

const sayEveryMs = 10_000
/** Of one suite no more failures than these are told one by one. */
const mostTold = 20

try {
  const options = readOptions(process.argv.slice(2), availableParallelism())
  process.exitCode = (await run(options, chosen(options, await loadList(options.list)))) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function chosen({ suites, form }: RunOptions, listed: readonly Listed[]): readonly Listed[] {
  const unknown = suites.filter((name) => !listed.some((each) => each.name === name))
  if (unknown.length > 0) {
    const known = listed.map(({ name }) => name).join(', ')
    throw new Error(`There is no suite '${unknown.join("', '")}'; there are: ${known}.`)
  }
  if (suites.length > 0) return listed.filter(({ name }) => suites.includes(name))
  return listed.filter(({ only = form }) => only === form)
}

async function run(options: RunOptions, listed: readonly Listed[]): Promise<boolean> {
  const { form, seed, jobs } = options
  console.log(`Suites of faults, ${form} form, seed ${seed}, ${jobs} processes at a time.`)
  if (listed.some(({ ofPackage }) => ofPackage)) await upToDatePackage((text) => console.log(`       ${text}`))
  const all: Played[] = []
  for (const each of listed) {
    const played = await playSuite(each, options, listenerFor(each.name, options))
    all.push(played)
    const { suite, cases, seconds } = played
    for (const line of suiteLines(played, options)) console.log(line)
    const word = isWell(played) ? 'ok    ' : 'FAILED'
    console.log(`${word} ${suite} (${played.played} of ${cases}, ${seconds.toFixed(1)} s)`)
  }
  console.log(`\n${tableLines(all).join('\n')}`)
  return all.every(isWell)
}

/** Tells failures at once, since the whole can take long, and how far it is now and then. */
function listenerFor(name: string, options: RunOptions): Listener {
  let said = performance.now()
  let failures = 0
  return {
    progress: (text) => {
      if (performance.now() - said < sayEveryMs) return
      said = performance.now()
      console.log(`       ${name}: ${text}`)
    },
    failure: (failure) => {
      failures += 1
      if (failures <= mostTold) console.log(failureLines(name, failure, options).join('\n'))
      if (failures === mostTold) console.log(`       More failures of ${name} are only counted.`)
    },
  }
}
