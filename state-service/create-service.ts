import { AzureFailure } from '../core/failures.ts'
import { announceStaging, announceSwap } from './announce.ts'
import { parseAppState } from './app-state.ts'
import { cleanUp } from './clean-up.ts'
import type { HealthReply } from './contract.ts'
import { openIntake } from './intake.ts'
import { Prover } from './prover.ts'
import { reconcile } from './reconcile.ts'
import type { StateService } from './service.ts'
import { statusInTime } from './status.ts'
import { findWatched, type ServiceDeps } from './watched.ts'

/** An app that was not looked at for so long shows that the timer does not run. */
const reconciledWithinMs = 20 * 60_000

/** The service over its ports. Nothing is called yet. */
export function createService(given: ServiceDeps): StateService {
  const deps = { ...given, prover: new Prover(given) }
  const intake = openIntake(deps)
  return {
    status: async (question, signal) => await statusInTime(deps, question, signal),
    announceStaging: async (place, announcement, signal) => await announceStaging(deps, place, announcement, signal),
    announceSwap: async (app, swap, signal) => await announceSwap(deps, app, swap, signal),
    cleanUp: async (app, cleanup, signal) => await cleanUp(deps, app, cleanup, signal),
    history: async (app, page, signal) => {
      const watched = findWatched(deps.watched, app)
      return watched ? await deps.documents.entries(watched.name, page, signal) : { kind: 'notWatched' }
    },
    health: async (signal) => await healthOf(deps, signal),
    takeEvents: async (events, signal) => await intake.takeEvents(events, signal),
    reconcile: async (signal) => await reconcile(deps, signal),
  }
}

async function healthOf(
  { documents, watched, clock, version }: ServiceDeps,
  signal: AbortSignal,
): Promise<HealthReply> {
  const checks: { name: string; ok: boolean; says: string }[] = []
  try {
    const late: string[] = []
    for (const { name } of watched.apps) {
      const { reconciledAt } = parseAppState((await documents.read('app', name.toLowerCase(), signal))?.text)
      if (!(clock.now().getTime() - Date.parse(reconciledAt ?? '') < reconciledWithinMs)) late.push(name)
    }
    checks.push({ name: 'storage', ok: true, says: "The service's own storage answers." })
    checks.push({
      name: 'reconciliation',
      ok: late.length === 0,
      says:
        late.length === 0
          ? 'Every watched app was looked at in the last 20 minutes.'
          : `Not looked at in the last 20 minutes: '${late.join("', '")}'.`,
    })
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    checks.push({ name: 'storage', ok: false, says: error.message })
  }
  return { status: checks.every(({ ok }) => ok) ? 'ok' : 'degraded', checks, version }
}
