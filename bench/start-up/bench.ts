import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import { unpackVsix } from '../../pipeline-runner/vsix.ts'
import { upToDatePackage } from '../../scripts/packaging/packaged.ts'
import type { Bench, BenchOptions, Measured } from '../bench.ts'
import { installStock, stockFolder, stockModules } from '../stock/stock.ts'
import { barsOf, tablesOf } from './bars.ts'
import { start, weigh, type Start } from './measure.ts'

export const startUp: Bench = {
  about: 'how soon a packaged task runs, and what it weighs, beside the code of the stock swap task',
  run: measure,
}

type Subject = { readonly name: string; readonly folder: string; readonly start: () => Promise<Start> }

async function measure({ quick, say }: BenchOptions): Promise<Measured> {
  await installStock(say)
  const vsix = await upToDatePackage(say)
  const folder = await mkdtemp(join(tmpdir(), 'start-up-'))
  try {
    const tasks = unpackVsix(vsix, folder)
    const ours = tasks.names().map((name) => subject(name, tasks.find(name)?.folder ?? '', folder))
    const stock = stockCode(folder)
    const starts = new Map<string, Start[]>()
    const rounds = quick ? 7 : 25
    // The first round finds nothing in the cache of the file system, and is not counted.
    for (let round = 0; round <= rounds; round++) {
      if (round % 5 === 0) say(`round ${round} of ${rounds}`)
      for (const each of [stock, ...ours]) {
        const measured = await each.start()
        if (round > 0) starts.set(each.name, [...(starts.get(each.name) ?? []), measured])
      }
    }
    const measurement = ({ name, folder: place }: Subject) => ({
      ...{ name, starts: starts.get(name) ?? [], weight: weigh(place) },
    })
    const measured = { ours: ours.map(measurement), stock: measurement(stock) }
    return { bars: barsOf(measured), details: { rounds, ...measured }, tables: tablesOf(measured) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Without an input: it loads all that it has, reads its inputs, and refuses. */
function subject(name: string, folder: string, temp: string): Subject {
  const { target } = readTaskDefinition(folder).handler
  const job = { args: [join(folder, target)], cwd: temp, env: environment(temp) }
  return { name, folder, start: () => start({ ...job, until: /^##vso\[task\.complete result=Failed/ }) }
}

/** What the stock task's entry file loads before its first statement. */
function stockCode(temp: string): Subject {
  const script = `${stockModules.map((name) => `require('${name}')`).join(';')};console.log('loaded')`
  const job = { args: ['-e', script], cwd: stockFolder, env: environment(temp) }
  const folder = join(stockFolder, 'node_modules')
  return { name: 'the stock code', folder, start: () => start({ ...job, until: /^loaded$/ }) }
}

/** What every task finds at least; the stock code does not load without a temporary folder. */
function environment(temp: string): Readonly<Record<string, string>> {
  const { PATH = '', SYSTEMROOT = '' } = process.env
  return { PATH, ...(SYSTEMROOT && { SYSTEMROOT }), TF_BUILD: 'True', AGENT_TEMPDIRECTORY: temp }
}
