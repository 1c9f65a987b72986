import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, BenchOptions, Measured } from '../bench.ts'
import { barsOf } from './bars.ts'
import { bundle } from './bundle.ts'
import { clientRunner, type ClientRunner } from './run-client.ts'
import { planOf, type Checked, type HubPlan } from './scenarios.ts'
import { startServerProcess } from './server-process.ts'
import { tablesOf } from './tables.ts'

const hub = 'BenchHub'
const seed = 1
const delayMs = 30
/** Beside the empty pages that a filter makes. */
const emptyOneIn = 30

export const idleProof: Bench = {
  about: 'is this hub idle? Beside the sequential listing, on hubs of up to a million instances',
  run: measure,
}

async function measure({ quick, say }: BenchOptions): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'idle-proof-'))
  try {
    const scripts = await bundle(folder)
    const run = clientRunner(scripts.client, hub)
    const runs: Checked[] = []
    for (const plan of planOf(quick)) runs.push(...(await measureHub(scripts.server, plan, run, say)))
    return {
      bars: barsOf(runs, quick),
      details: { server: { delayMs, emptyOneIn, seed }, runs },
      tables: tablesOf(runs),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureHub(
  script: string,
  { shape, rows, steps }: HubPlan,
  run: ClientRunner,
  say: BenchOptions['say'],
): Promise<Checked[]> {
  say(`a hub of ${rows.toLocaleString('en')} instances, ${shape} ids`)
  const server = await startServerProcess(script, { hub, shape, rows, seed, delayMs, emptyOneIn })
  try {
    const found: Checked[] = []
    for (const { scenario, inFlight, clients, throttle } of steps) {
      await server.inFlight(inFlight)
      await server.throttle(throttle && { ...throttle, retryAfterSeconds: 1 })
      const expected = inFlight.length > 0 ? 'busy' : 'idle'
      for (const { client, times, polls } of clients) {
        for (let time = 0; time < times; time++) {
          const told = await run(client, server, polls)
          const checked = { ...told, scenario, shape, rows, inFlight: inFlight.length, expected } as const
          found.push(checked)
          const { verdict, wallMs, requests } = told
          const wrong = verdict === expected ? '' : `, WRONG: it is ${expected} (${told.because ?? ''})`
          say(`  ${scenario}, ${client}: ${verdict}${wrong} in ${(wallMs / 1000).toFixed(2)} s, ${requests} requests`)
        }
      }
    }
    return found
  } finally {
    await server.stop()
  }
}
