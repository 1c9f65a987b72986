import { AzureFailure } from '../core/failures.ts'
import { parseAppState, type AppState } from './documents/app-state.ts'
import type { HealthReply } from './contract.ts'
import type { ServiceDeps } from './watched.ts'

/** An app that was not looked at for so long shows that the timer does not run, or that the app cannot be looked at. */
const reconciledWithinMs = 20 * 60_000
/** Hubs that are told one by one. */
const mostTold = 5

type Check = HealthReply['checks'][number]

/** Whether the service can do its work: its own storage, and what the timer found of apps and hubs when it looked last. */
export async function readHealth(
  { documents, watched, clock, version }: ServiceDeps,
  signal: AbortSignal,
): Promise<HealthReply> {
  const checks: Check[] = []
  try {
    const states = new Map<string, AppState>()
    for (const { name } of watched.apps) {
      states.set(name, parseAppState((await documents.read('app', name.toLowerCase(), signal))?.text))
    }
    checks.push({ name: 'storage', ok: true, says: "The service's own storage answers." })
    checks.push(reconciliation(states, clock.now()), hubs(states))
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    checks.push({ name: 'storage', ok: false, says: error.message })
  }
  return { status: checks.every(({ ok }) => ok) ? 'ok' : 'degraded', checks, version }
}

function reconciliation(states: ReadonlyMap<string, AppState>, now: Date): Check {
  const late = [...states].flatMap(([name, { reconciledAt = '' }]) =>
    now.getTime() - Date.parse(reconciledAt) < reconciledWithinMs ? [] : [name],
  )
  const says =
    late.length === 0
      ? 'Every watched app was looked at in the last 20 minutes.'
      : `Not looked at in the last 20 minutes: '${late.join("', '")}'. The log says why.`
  return { name: 'reconciliation', ok: late.length === 0, says }
}

function hubs(states: ReadonlyMap<string, AppState>): Check {
  const troubles = [...states].flatMap(([app, { seen }]) =>
    Object.entries(seen).flatMap(([slot, { trouble }]) =>
      trouble === undefined ? [] : [`slot '${slot}' of '${app}': ${trouble}`],
    ),
  )
  if (troubles.length === 0)
    return { name: 'hubs', ok: true, says: 'Every task hub could be read when it was looked at last.' }
  const more = troubles.length > mostTold ? ` And ${troubles.length - mostTold} more.` : ''
  return { name: 'hubs', ok: false, says: `Not to be read: ${troubles.slice(0, mostTold).join(' ')}${more}` }
}
