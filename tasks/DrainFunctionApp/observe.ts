import type { HostSeen, Observed } from '../../core/drain/observe.ts'
import { asClause, AzureFailure } from '../../core/failures.ts'
import { mayPassLater } from '../../core/failures.ts'
import type { SlotFunction } from '../../core/function-app/functions.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'

export type Watching = {
  readonly app: OpenApp
  readonly slot: SlotName
  readonly timeoutMs: number
  readonly pollMs: number
  /** What is waited for: "the fenced functions are seen disabled". */
  readonly goal: string
  readonly judge: (seen: HostSeen) => Observed
  /** How often in a row; twice unless told, since an instance that was there before may answer once more. */
  readonly inARow?: number
}

/** `last` is the last reason why not, `functions` what was seen last; `source` says who told. */
export type Watched = { readonly last: Observed; readonly functions: readonly SlotFunction[]; readonly source: string }

const fromHost = 'the host itself'
const fromArm = "Azure Resource Manager's list, which follows the host"

/** Asks the host of a slot until it is as wanted, often enough in a row, or the time is up. Throws `AzureFailure` that is final. */
export async function watchHost(deps: Deps, watching: Watching, signal: AbortSignal): Promise<Watched> {
  const { clock, log } = deps
  const { slot, timeoutMs, pollMs, goal, judge, inARow: wantedInARow = 2 } = watching
  const startedAt = clock.now().getTime()
  let told: string | undefined
  for (let inARow = 0; ;) {
    const seen = await seeHost(deps, watching, signal)
    const last: Observed = 'because' in seen ? { kind: 'notYet', because: seen.because } : judge(seen)
    const { functions, source } = 'because' in seen ? { functions: [], source: '' } : seen
    inARow = last.kind === 'notYet' ? 0 : inARow + 1
    if (inARow >= wantedInARow) return { last, functions, source }
    const spent = clock.now().getTime() - startedAt
    const because = last.kind === 'notYet' ? last.because : 'to be seen once more'
    if (spent >= timeoutMs) return { last: { kind: 'notYet', because }, functions, source }
    if (because !== told) log.info(`Slot '${slot}': waiting until ${goal}; ${because}.`)
    told = because
    log.progress(Math.round((100 * spent) / timeoutMs), `waiting until ${goal}`)
    await clock.sleep(Math.min(pollMs, timeoutMs - spent), signal)
  }
}

/** Whatever fails for now is asked again. */
async function seeHost(
  { azure }: Deps,
  { app, slot }: Watching,
  signal: AbortSignal,
): Promise<(HostSeen & { readonly source: string }) | { readonly because: string }> {
  const state = await azure.hosts.state(app.address, slot, signal)
  const running = await azure.functions.running(app.address, slot, signal)
  if (running.kind === 'known') return { state, functions: running.functions, source: fromHost }
  try {
    return { state, functions: await azure.functions.list(app.address, slot, signal), source: fromArm }
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    // A host that restarts makes ARM answer 400 (vscode-azurefunctions #1474), which is final for other readings.
    if (!mayPassLater(error) && error.kind !== 'rejected') throw error
    return { because: asClause(error.message) }
  }
}
