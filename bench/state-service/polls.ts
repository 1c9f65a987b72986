import { systemClock } from '../../core/azure/clock.ts'
import { openTaskHubs } from '../../core/azure/storage/task-hubs.ts'
import { referenceFromConnectionString } from '../../core/function-app/storage-reference.ts'
import type { Log } from '../../core/ports.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import { waitUntilIdle } from '../../core/task-hub/idle-proof/prove-idle.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { hub, type Stage } from './stage.ts'

export type Status = { readonly verdict: string; readonly grounds: string; readonly because: string }

export type Polled = {
  readonly last: Status
  readonly medianMs: number
  readonly slowestMs: number
  /** Of one poll, on average. */
  readonly hubRequests: number
  readonly ownRequests: number
}

/** Two looks of this project at the hub's storage, as CheckNoRunningOrchestrations takes them; the pause between is left out. */
export async function proveDirectly({ server }: Stage): Promise<{ verdict: string; requests: number; wallMs: number }> {
  const reference = referenceFromConnectionString(server.connectionString)
  if (reference.kind !== 'connectionString') throw new Error('The connection string of the bench is none.')
  const transport = { userAgent: 'bench', proxyFor: () => undefined }
  const hubs = openTaskHubs(reference, { transport, clock: systemClock, onSecret: () => undefined })
  await server.reset()
  const start = performance.now()
  const { evidence } = await waitUntilIdle(
    { look: (signal, ask) => hubs.look(hub as HubName, strictPolicy, signal, ask), clock: systemClock, log: silent },
    { timeoutMs: 0, pollIntervalMs: 0, quietPeriodMs: 0 },
    new AbortController().signal,
  )
  const wallMs = performance.now() - start
  return { verdict: evidence.verdict, requests: (await server.count()).requests, wallMs }
}

/** Asks one after the other. */
export async function poll(stage: Stage, times: number, maxProofAgeInSeconds = 0): Promise<Polled> {
  await stage.server.reset()
  const before = ownRequests(stage)
  const took: number[] = []
  let last: Status | undefined
  for (let time = 0; time < times; time++) {
    const start = performance.now()
    last = await status(stage, maxProofAgeInSeconds)
    took.push(performance.now() - start)
  }
  if (!last) throw new Error('Nothing was asked.')
  took.sort((one, other) => one - other)
  return {
    last,
    medianMs: took[Math.floor(took.length / 2)] ?? 0,
    slowestMs: took.at(-1) ?? 0,
    hubRequests: (await stage.server.count()).requests / times,
    ownRequests: (ownRequests(stage) - before) / times,
  }
}

export async function status({ service, key }: Stage, maxProofAgeInSeconds: number): Promise<Status> {
  const url = `${service.url}/apps/bench/slots/staging/status?maxProofAgeInSeconds=${maxProofAgeInSeconds}`
  for (;;) {
    const answer = await fetch(url, { headers: { 'x-functions-key': key } })
    if (answer.status === 429) {
      await systemClock.sleep(1000 * Number(answer.headers.get('retry-after') ?? 1), new AbortController().signal)
      continue
    }
    if (answer.status !== 200) throw new Error(`The service answered with status ${answer.status}.`)
    return (await answer.json()) as Status
  }
}

function ownRequests({ azure }: Stage): number {
  return azure.requests.count({ service: 'storage' })
}

const silent: Log = { info: () => undefined, warn: () => undefined, progress: () => undefined }
