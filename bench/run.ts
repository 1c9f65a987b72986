// npm run bench -- <name> [--json] [--quick]
import { cpus, totalmem } from 'node:os'
import { barsTable, columns } from './print.ts'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'

const usage = 'npm run bench -- <name> [--json] [--quick]'

process.exitCode = await main(process.argv.slice(2))

/** Answers 0 where it could measure, whatever the bars say, or had nothing to measure; 1 else. */
async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const [name, ...more] = args.filter((arg) => !arg.startsWith('-'))
  const wrong = [...flags.filter((flag) => flag !== '--json' && flag !== '--quick'), ...more]
  if (wrong.length > 0) return refuse(`'${wrong.join(' ')}' is not understood.`)
  if (name === undefined) {
    process.stdout.write(`${usage}\n${list()}\n`)
    return 0
  }
  const bench = benches.get(name)
  if (!bench) return refuse(`There is no bench '${name}'.`)
  try {
    await measure(name, bench, { json: flags.includes('--json'), quick: flags.includes('--quick') })
    return 0
  } catch (error) {
    process.stderr.write(
      `Could not measure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    return 1
  }
}

function list(): string {
  return [...benches].map(([name, { about }]) => `  ${name}  ${about}`).join('\n')
}

function refuse(because: string): number {
  process.stderr.write(`${because} Use: ${usage}\n${list()}\n`)
  return 1
}

async function measure(
  name: string,
  bench: Bench,
  { json, quick }: { readonly json: boolean; readonly quick: boolean },
): Promise<void> {
  const started = performance.now()
  const say = (text: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${seconds} s  ${text}\n`)
  }
  const { bars, details, tables } = await bench.run({ quick, say })
  const [cpu] = cpus()
  const machine = {
    processor: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform}-${process.arch}`,
    node: process.version,
  }
  if (json) {
    const shown = bars.map((bar) => ({ ...bar, value: bar.value ?? null }))
    process.stdout.write(`${JSON.stringify({ bench: name, quick, machine, bars: shown, details }, undefined, 2)}\n`)
    return
  }
  const { processor, cores, memoryGb, system, node } = machine
  const texts = [
    `${name}${quick ? ' (quick)' : ''} on ${cores} x ${processor}, ${memoryGb} GB, ${system}, Node ${node}`,
    ...tables.map(({ title, rows }) => `${title}\n\n${columns(rows)}`),
    barsTable(bars),
  ]
  process.stdout.write(`${texts.join('\n\n')}\n`)
}
