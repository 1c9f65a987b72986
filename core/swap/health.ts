import type { AppAddress, SlotName } from '../function-app/picture.ts'
import type { HostState, ProbeAnswer, SlotHosts } from '../function-app/ports.ts'
import type { StatusRange } from '../function-app/status-list.ts'
import { statusIsIn } from '../function-app/status-list.ts'
import type { Clock, Log } from '../ports.ts'

export type PathCheck = { readonly path: string; readonly statuses: readonly StatusRange[] }

type SlotAddress = { readonly app: AppAddress; readonly slot: SlotName; readonly hostName: string }

export type Health = { readonly healthy: true } | { readonly healthy: false; readonly because: string }

type Deps = { readonly hosts: SlotHosts; readonly clock: Clock; readonly log: Log }

const pollMs = 3_000

/** Healthy means: the host says Running and reports no error. What is not known is not healthy. */
export function judgeHost(state: HostState): Health {
  if (state.kind === 'unknown')
    return { healthy: false, because: `the state of its host is not known: ${state.because}` }
  if (state.errors.length > 0) return { healthy: false, because: `its host reports: ${state.errors.join('; ')}` }
  if (state.state !== 'Running')
    return { healthy: false, because: `its host is in state '${state.state}', not 'Running'` }
  return { healthy: true }
}

/** Healthy means: the path answered with one of the statuses that are wanted. No answer is not healthy. */
export function judgePath(answer: ProbeAnswer, check: PathCheck): Health {
  if (answer.kind === 'noAnswer')
    return { healthy: false, because: `'${check.path}' gave no answer: ${answer.because}` }
  if (statusIsIn(answer.status, check.statuses)) return { healthy: true }
  const wanted = check.statuses.map((range) =>
    range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`,
  )
  return { healthy: false, because: `'${check.path}' answered ${answer.status}, wanted ${wanted.join(',')}` }
}

/** Asks until the slot is healthy or `timeoutMs` is over, and answers with the last reason. */
export async function waitUntilHealthy(
  deps: Deps,
  address: SlotAddress,
  wanted: { readonly check?: PathCheck | undefined; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Health> {
  return await askUntil(deps, wanted.timeoutMs, signal, async () => {
    const host = judgeHost(await deps.hosts.state(address.app, address.slot, signal))
    if (!host.healthy || !wanted.check) return host
    return judgePath(await deps.hosts.probe(address.hostName, wanted.check.path, signal), wanted.check)
  })
}

/** Requests the path until it answers as wanted or `timeoutMs` is over. */
export async function warmUp(
  deps: Deps,
  address: SlotAddress,
  wanted: { readonly check: PathCheck; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Health> {
  return await askUntil(deps, wanted.timeoutMs, signal, async () =>
    judgePath(await deps.hosts.probe(address.hostName, wanted.check.path, signal), wanted.check),
  )
}

async function askUntil(
  { clock, log }: Deps,
  timeoutMs: number,
  signal: AbortSignal,
  ask: () => Promise<Health>,
): Promise<Health> {
  const startedAt = clock.now().getTime()
  for (;;) {
    const health = await ask()
    const spent = clock.now().getTime() - startedAt
    if (health.healthy || spent >= timeoutMs) return health
    log.progress(Math.min(99, Math.round((100 * spent) / timeoutMs)), `waiting: ${health.because}`)
    await clock.sleep(Math.min(pollMs, timeoutMs - spent), signal)
  }
}
