import { announceStaging, announceSwap } from './told/announce.ts'
import { cleanUp } from './told/clean-up.ts'
import { readHealth } from './health.ts'
import { openIntake } from './events/intake.ts'
import { Prover } from './verdict/prover.ts'
import { reconcile } from './reconcile.ts'
import type { StateService } from './service.ts'
import { statusInTime } from './verdict/status.ts'
import { findWatched, type ServiceDeps } from './watched.ts'

/** The service over its ports. Nothing is called yet. */
export function createService(given: ServiceDeps): StateService {
  const deps = { ...given, prover: new Prover(given), trimmed: { at: 0 } }
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
    health: async (signal) => await readHealth(deps, signal),
    takeEvents: async (events, signal) => await intake.takeEvents(events, signal),
    reconcile: async (signal) => await reconcile(deps, signal),
  }
}
