import type { Bar, Bench, BenchOptions, Measured } from '../bench.ts'
import { atLeast, atMost } from '../bench.ts'
import { postEvents, type Taken } from './events.ts'
import { poll, proveDirectly, type Polled } from './polls.ts'
import { delayMs, openStage, type Stage } from './stage.ts'

const rate = 1_000

export const stateService: Bench = {
  about: 'the state service: lifecycle events taken in, and what a poll costs while a kept proof holds',
  numbers: ['rows', 'seconds'],
  run: measure,
}

type Polls = {
  readonly rows: number
  readonly direct: Awaited<ReturnType<typeof proveDirectly>>
  readonly first: Polled
  readonly kept: Polled
  readonly accepted: Polled
}

async function measure({ quick, say, numbers }: BenchOptions): Promise<Measured> {
  const rows = numbers['rows'] ?? (quick ? 200_000 : 1_000_000)
  const seconds = numbers['seconds'] ?? (quick ? 5 : 30)
  say(`a hub of ${rows.toLocaleString('en')} instances`)
  const stage = await openStage(rows)
  try {
    const polls = await measurePolls(stage, rows, { quick, say })
    say(`${rate} events a second for ${seconds} s, one a request`)
    const single = await postEvents(stage, { hubs: hubsOf('Single'), perPost: 1, rate, seconds })
    say(`${rate} events a second for ${seconds} s, 25 a request`)
    const batched = await postEvents(stage, { hubs: hubsOf('Batched'), perPost: 25, rate, seconds })
    return {
      bars: barsOf(polls, [single, batched], quick),
      details: { rows, seconds, rate, delayMs, polls, single, batched },
      tables: [pollsTable(polls), eventsTable(single, batched)],
    }
  } finally {
    await stage.stop()
  }
}

async function measurePolls(stage: Stage, rows: number, { quick, say }: Pick<BenchOptions, 'quick' | 'say'>) {
  const times = quick ? 20 : 50
  say('a direct full proof')
  const direct = await proveDirectly(stage)
  say(`${direct.verdict}, ${direct.requests} requests; now through the service, until it has its proof`)
  // A proof that takes longer than a request may goes on, and is asked for again.
  const first = await poll(stage, 1, 3600)
  for (let tries = 0; tries < 30 && (await poll(stage, 1, 3600)).last.verdict !== 'idle'; tries++) say('still proving')
  say(`${times} polls while no worker holds the hub`)
  const kept = await poll(stage, times)
  await stage.server.worker(true)
  say(`${times} polls while one does, of a caller that accepts a proof an hour old`)
  const accepted = await poll(stage, times, 3600)
  await stage.server.worker(false)
  return { rows, direct, first, kept, accepted }
}

function hubsOf(name: string): readonly string[] {
  return [1, 2, 3, 4].map((number) => `${name}Hub${number}`)
}

function barsOf({ direct, kept, accepted }: Polls, loads: readonly Taken[], quick: boolean): readonly Bar[] {
  const isRight = [kept, accepted].every(
    ({ last }) => last.verdict === 'idle' && last.grounds === 'keptProof' && direct.verdict === 'idle',
  )
  const cheaper = isRight ? direct.requests / Math.max(kept.hubRequests, accepted.hubRequests) : undefined
  const lost = loads.reduce((sum, { accepted: taken, stored }) => sum + Math.max(0, taken - stored), 0)
  const slowest = Math.min(...loads.map(({ accepted: taken, overMs }) => (1000 * taken) / overMs))
  return [
    atLeast('times fewer requests to the hub’s storage than a full proof', cheaper, quick ? 20 : 100),
    atMost('accepted events that were not stored', lost, 0),
    atMost('requests with events that were refused', refusedOf(loads), 0),
    // What is under way when the last is sent is answered within the second.
    atLeast('events a second taken in', slowest, rate * (quick ? 0.8 : 0.95)),
  ]
}

function refusedOf(loads: readonly Taken[]): number {
  return loads.flatMap(({ refused }) => Object.values(refused)).reduce((sum, times) => sum + times, 0)
}

function pollsTable({ rows, direct, kept, accepted }: Polls): Measured['tables'][number] {
  const row = (name: string, polled: Polled) => [
    name,
    `${polled.last.verdict} (${polled.last.grounds})`,
    polled.hubRequests.toFixed(1),
    polled.ownRequests.toFixed(1),
    `${polled.medianMs.toFixed(0)} ms`,
    `${polled.slowestMs.toFixed(0)} ms`,
  ]
  return {
    title: `One status of a hub of ${rows.toLocaleString('en')} instances, each answer of its storage after ${delayMs} ms`,
    rows: [
      ['', 'verdict', 'requests to the hub', 'to the service’s own', 'median', 'slowest'],
      ['direct full proof', direct.verdict, String(direct.requests), '', `${direct.wallMs.toFixed(0)} ms`, ''],
      row('kept proof, no worker since', kept),
      row('kept proof, young enough for the caller', accepted),
    ],
  }
}

function eventsTable(single: Taken, batched: Taken): Measured['tables'][number] {
  const row = (name: string, { offered, accepted, stored, refused, overMs, medianMs, p99Ms }: Taken) => [
    name,
    String(offered),
    String(accepted),
    String(stored),
    Object.entries(refused)
      .map(([why, times]) => `${times} x ${why}`)
      .join(', ') || 'none',
    ((1000 * accepted) / overMs).toFixed(0),
    `${medianMs.toFixed(0)} ms`,
    `${p99Ms.toFixed(0)} ms`,
  ]
  return {
    title: `Lifecycle events, ${rate} a second, of four hubs`,
    rows: [
      ['', 'offered', 'accepted', 'stored', 'refused', 'a second', 'median', '99 %'],
      row('one a request', single),
      row('25 a request', batched),
    ],
  }
}
