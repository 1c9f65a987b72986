// npm run demo: three deployments of an app whose orchestrations are in flight all the while, on this machine alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { unpackVsix } from '../pipeline-runner/vsix.ts'
import { raiseCurtain } from './cast.ts'
import { problemsOf } from './outcome.ts'
import { packageExtension } from './package-extension.ts'
import { play } from './play.ts'
import { Screen } from './screen.ts'
import { packVersion } from './versions.ts'

const versions = ['1.0.0', '2.0.0', '3.0.0', '4.0.0']

const expected = [
  { slot: 'production', version: '4.0.0', hub: 'orders4' },
  { slot: 'staging', version: '3.0.0', hub: 'orders3' },
]

async function main(signal: AbortSignal): Promise<number> {
  const screen = new Screen()
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  screen.heading('Durable Functions Safe Deployment, on this machine')
  screen.say('Packaging the extension …')
  try {
    const vsix = await packageExtension(signal)
    const tasks = unpackVsix(vsix, join(folder, 'tasks'))
    screen.say(`Unpacked ${tasks.names().join(', ')} from the package.`)
    const packages = versions.map((version) => ({ version, path: packVersion(version, folder) }))
    const cast = await raiseCurtain(packages[0]?.path ?? '')
    try {
      const address = `https://${cast.app.slot().hostName}`
      screen.say(`Azure runs on loopback; version 1.0.0 serves at ${address}, and orders begin to flow.`)
      const outcome = await play({ cast, tasks, packages, screen, signal })
      screen.table(outcome)
      return verdict(screen, problemsOf(outcome, expected))
    } finally {
      await cast.azure.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function verdict(screen: Screen, problems: readonly string[]): number {
  console.log('')
  for (const problem of problems) screen.say(`✗ ${problem}`)
  if (problems.length > 0) return 1
  screen.say('✓ Nothing was lost, nothing changed its version, and the retired task hubs are gone from storage.')
  return 0
}

/** Ctrl+C ends the running task as an agent would and stops everything; a second one ends at once. */
function interruption(): AbortSignal {
  const interrupted = new AbortController()
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(130)
    console.log('\nStopping …')
    interrupted.abort()
  })
  process.on('SIGTERM', () => interrupted.abort())
  return interrupted.signal
}

const signal = interruption()
try {
  process.exitCode = await main(signal)
} catch (cause) {
  if (signal.aborted) process.exitCode = 130
  else {
    console.error(cause instanceof Error ? cause.message : String(cause))
    process.exitCode = 1
  }
}
