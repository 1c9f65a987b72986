import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { readConnections } from './connections-file.ts'
import type { PipelineRun } from './pipeline-run.ts'
import { eventLines, runTable, seconds } from './print-run.ts'
import { readPipeline } from './read-pipeline.ts'
import { runPipeline } from './run-pipeline.ts'
import { TaskIndex, unpackVsix } from './vsix.ts'

const usage = `Runs an Azure Pipelines YAML file on this machine with the tasks of extension packages.

  npm run pipeline -- --file azure-pipelines.yml --vsix out/extension.vsix [options]

  --file         the pipeline                                  (needed)
  --vsix         an extension package; may be repeated         (needed)
  --connections  JSON file with the service connections
  --variable     name=value; replaces the file's; may be repeated
  --secret       name=value of a secret variable; may be repeated
  --sources      System.DefaultWorkingDirectory                (this folder)
  --node         Node binary that runs the tasks               (this one)
  --ca           PEM file of more certificates to trust`

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{
        file: text,
        vsix: texts,
        connections: text,
        variable: texts,
        secret: texts,
        sources: text,
        node: text,
        ca: text,
      },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { file, vsix = [] } = values
  if (file === undefined || vsix.length === 0)
    throw new Error("Both '--file' and '--vsix' are needed; '--help' tells more.")
  const pipeline = readPipeline(readFileSync(file, 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
  try {
    const tasks = new TaskIndex()
    vsix.forEach((path, at) => unpackVsix(path, join(folder, String(at)), tasks))
    const run = await runPipeline(pipeline, {
      ...{
        tasks,
        signal: interruption(),
        sources: values.sources ?? process.cwd(),
        nodePath: values.node,
        caFile: values.ca,
      },
      connections: values.connections === undefined ? [] : readConnections(values.connections),
      ...{ variables: readPairs('--variable', values.variable), secretVariables: readPairs('--secret', values.secret) },
      onEvent: (event) => eventLines(event).forEach((line) => console.log(line)),
    })
    return report(run)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(run: PipelineRun): number {
  console.log(['', ...runTable(run), '', `${run.result} after ${seconds(run.durationMs)}`].join('\n'))
  return run.result === 'Succeeded' || run.result === 'SucceededWithIssues' ? 0 : 1
}

/** Ctrl+C cancels the run as the service would; a second one ends the runner at once. */
function interruption(): AbortSignal {
  const cancel = new AbortController()
  process.on('SIGINT', () => {
    if (cancel.signal.aborted) process.exit(130)
    cancel.abort()
  })
  return cancel.signal
}

function readPairs(option: string, pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw new Error(`'${option} ${option === '--secret' ? '…' : pair}' must be name=value.`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

try {
  process.exitCode = await main()
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : String(cause))
  process.exitCode = 1
}
