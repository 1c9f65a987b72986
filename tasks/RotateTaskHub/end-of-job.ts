import { AzureFailure, Refusal } from '../../core/failures.ts'
import { giveBackLockOfRun } from '../../core/record/hold-lock.ts'
import { isOfRun } from '../../core/record/lock.ts'
import type { DeploymentLock } from '../../core/record/record.ts'
import type { Deps } from '../deps.ts'
import type { JobStatus } from '../job-status.ts'
import { locksIn } from '../lock/holder.ts'
import { lockPlaces } from '../lock/places.ts'
import { openApp } from '../look-at-app.ts'
import type { RotateWanted } from './wanted.ts'

/**
 * At the end of the job: one that failed or was cancelled gives back the deployment lock where this run still holds it and
 * no change is announced, which may be under way. Any other leaves it for SlotSwap. Answers what became of it in a
 * sentence, empty where there is nothing to say, and warns where it stays because of a change. Throws `Refusal` and `AzureFailure`.
 */
export async function releaseAfterFailedJob(
  wanted: RotateWanted,
  deps: Deps,
  job: JobStatus,
  signal: AbortSignal,
): Promise<string> {
  if (!wanted.lock.take || wanted.lock.release !== undefined || wanted.dryRun) return ''
  const app = await openApp(deps, wanted, signal)
  const view = await app.look(signal)
  const places = lockPlaces(deps.azure, view, { slots: [wanted.slotName] })
  const { name } = view.picture.app
  if (job !== 'failed' && job !== 'canceled') {
    for await (const lock of locksIn(places, signal)) {
      if (isOfRun(lock, deps.run)) {
        return `This run goes on holding the deployment lock of '${name}' for SlotSwap, until ${lock.until}.`
      }
    }
    return ''
  }
  let given = false
  let changing: DeploymentLock | undefined
  let failure: AzureFailure | Refusal | undefined
  for (const place of places) {
    try {
      const answer = await giveBackLockOfRun(deps.clock, place, { by: deps.run, evenChanging: false }, signal)
      given ||= answer.kind === 'given'
      if (answer.kind === 'changing') changing = answer.lock
    } catch (error) {
      if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
      failure ??= error
    }
  }
  if (failure) throw failure
  if (changing?.changing) {
    deps.log.warn(stays(name, changing, changing.changing))
    return ''
  }
  const why = job === 'failed' ? 'failed' : 'was cancelled'
  return given ? `The deployment lock of '${name}' was given back, because the job ${why}.` : ''
}

function stays(app: string, { until }: DeploymentLock, { what, at }: NonNullable<DeploymentLock['changing']>): string {
  return (
    `The deployment lock of '${app}' stays until ${until}: at ${at} this run was about to ${what}, and that may be under way. ` +
    'Run the job again, or give the lock back with input release of RotateTaskHub once the slots show what became of it.'
  )
}
