// npm test: types, lint, format, package, and every test with coverage. With arguments (`npm test -- --grep swap`,
// `npm test -- test/core/swap/plan.test.ts`) only mocha runs.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { packageInOut } from './packaging/packaged.ts'
import { root } from './packaging/project.ts'
import { uncoveredPlannerBranches } from './testing/planner-coverage.ts'
import { installRuntimes } from './testing/runtimes.ts'
import { nodeStage, runStage } from './testing/stage.ts'
import type { StageResult } from './testing/stage.ts'

const bin = (path: string) => join(root, 'node_modules', path)
const coverage = join(root, 'coverage')
const packaging = {
  name: 'package',
  command: process.execPath,
  args: ['--import', 'tsx', join(root, 'scripts', 'package.ts')],
}

const started = performance.now()
const chosen = process.argv.slice(2)
const results = chosen.length > 0 ? await runChosen(chosen) : await runAll()
const mocha = results.find(({ name }) => name === 'tests')
const passed = countOf('passing', mocha?.output)
const failed = countOf('failing', mocha?.output)
const broken = results.filter(({ ok, name }) => !ok && name !== 'tests').map(({ name }) => name)
if (broken.length > 0) console.log(`Stages that failed: ${broken.join(', ')}`)
console.log(`Everything took ${((performance.now() - started) / 1000).toFixed(0)} s.`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1

async function runAll(): Promise<StageResult[]> {
  console.log(`Node ${process.version} on ${process.platform}-${process.arch}`)
  // Two at a time: the type-checked lint is the long one, and runs beside the others.
  const [lint, others] = await Promise.all([
    runStage(nodeStage('lint', bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0')),
    inTurn([
      installRuntimes,
      () => runStage(packaging),
      () => runStage(nodeStage('types', bin('typescript/bin/tsc'))),
      () => runStage(nodeStage('format', bin('prettier/bin/prettier.cjs'), '--check', '.', '--log-level', 'warn')),
    ]),
  ])
  rmSync(coverage, { recursive: true, force: true })
  const measured = [
    '--all',
    '--include',
    'core/**/*.ts',
    '--include',
    'tasks/**/*.ts',
    '--reporter',
    'text-summary',
    '--reporter',
    'json',
  ]
  const tests = await runStage({
    name: 'tests',
    command: process.execPath,
    args: [bin('c8/bin/c8.js'), ...measured, '--reports-dir', coverage, process.execPath, ...mochaWith([])],
    live: true,
  })
  // Says itself what it could not do without a .NET SDK.
  const live = await runStage({
    name: 'living task hubs',
    command: process.execPath,
    args: ['--import', 'tsx', join(root, 'test', 'dtfx', 'run.ts')],
    live: true,
  })
  // It packages only where a source has changed since the stage above did. By itself: its clocks are hurried, so that time that others take from it counts many times.
  const faults = await runStage({
    name: 'faults, the short form',
    command: process.execPath,
    args: ['--import', 'tsx', join(root, 'test', 'faults', 'run.ts'), '--short'],
    live: true,
  })
  return [lint, ...others, tests, checkPlanners(), live, faults]
}

async function runChosen(args: string[]): Promise<StageResult[]> {
  const before = await inTurn([installRuntimes, ...(packageInOut() === undefined ? [() => runStage(packaging)] : [])])
  return [...before, await runStage({ name: 'tests', command: process.execPath, args: mochaWith(args), live: true })]
}

function mochaWith(args: readonly string[]): string[] {
  const hasFiles = args.some((arg) => /\.ts$|[*]/.test(arg))
  const colours = process.stdout.isTTY ? ['--color'] : []
  const all = hasFiles ? [] : ['test/**/*.test.ts']
  return [bin('mocha/bin/mocha.js'), '--parallel', '--jobs', '4', ...colours, ...args, ...all]
}

function checkPlanners(): StageResult {
  const name = 'branches of the planners'
  const file = join(coverage, 'coverage-final.json')
  if (!existsSync(file)) return { name, ok: false, output: '' }
  const { files, lines } = uncoveredPlannerBranches(file)
  for (const line of lines) console.log(`not covered: ${line}`)
  const ok = files > 0 && lines.length === 0
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}: ${files} files, ${lines.length} not covered`)
  return { name, ok, output: '' }
}

async function inTurn(stages: readonly (() => Promise<StageResult>)[]): Promise<StageResult[]> {
  const done: StageResult[] = []
  for (const stage of stages) done.push(await stage())
  return done
}

function countOf(word: 'passing' | 'failing', output = ''): number {
  const plain = stripVTControlCharacters(output)
  return Number(new RegExp(`^ +([0-9]+) ${word}`, 'm').exec(plain)?.[1] ?? 0)
}
