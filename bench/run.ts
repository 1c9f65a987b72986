// npm run bench -- <name> [--json] [--quick] [--svg <file>] [--<number> <n>]
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import type { Arguments } from './arguments.ts'
import { readArguments } from './arguments.ts'
import { barsTable, columns } from './print.ts'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'

const usage = 'npm run bench -- <name> [--json] [--quick] [--svg <file>] [--<number of the bench> <n>]'

process.exitCode = await main(process.argv.slice(2))

/** Answers 0 where it could measure, whatever the bars say, or had nothing to measure; 1 else. */
async function main(args: readonly string[]): Promise<number> {
  const read = readArguments(args)
  if ('problem' in read) return refuse(read.problem)
  const { name } = read
  if (name === undefined) {
    process.stdout.write(`${usage}\n${list()}\n`)
    return 0
  }
  const bench = benches.get(name)
  if (!bench) return refuse(`There is no bench '${name}'.`)
  const unknown = Object.keys(read.numbers).filter((each) => bench.numbers?.includes(each) !== true)
  if (unknown.length > 0) return refuse(`The bench '${name}' takes no '--${unknown.join(', --')}'.`)
  try {
    await measure(name, bench, read)
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

async function measure(name: string, bench: Bench, { json, quick, svg: file, numbers }: Arguments): Promise<void> {
  const started = performance.now()
  const say = (text: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
    process.stderr.write(`${seconds} s  ${text}\n`)
  }
  const { bars, details, tables, svg } = await bench.run({ quick, say, numbers })
  if (file !== undefined) {
    if (svg === undefined) throw new Error(`The bench '${name}' draws no plot.`)
    await writeFile(file, svg)
  }
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
