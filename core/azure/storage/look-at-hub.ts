import { asClause, AzureFailure } from '../../failures.ts'
import type { Evidence, IdlePolicy } from '../../task-hub/evidence.ts'
import { judgeHub, unknownEvidence, type HubLook, type QueueLook } from '../../task-hub/idle.ts'
import type { HubName } from '../../task-hub/name.ts'
import { newTally } from '../../task-hub/tally.ts'
import { tallyInstances, type Tracking } from './instances.ts'
import { explainHidden } from './leftover-timers.ts'
import { ownParts } from './parts.ts'
import { listQueues, lookAtQueues } from './queues.ts'
import type { Store } from './store.ts'

/**
 * One full look. Rows are read before queues: work goes from a row that is unfinished to a message that is there before
 * that row ends (DT AzureStorageOrchestrationService.cs:1219-1282), so that what the rows no longer show, the queues do.
 * A failure is evidence of nothing: `unknown`. Only a cancel is thrown.
 */
export async function lookAtHub(
  store: Store,
  tracking: Tracking,
  { hub, policy, signal }: { readonly hub: HubName; readonly policy: IdlePolicy; readonly signal: AbortSignal },
): Promise<Evidence> {
  const named = { account: store.connection.account, name: hub }
  try {
    const tally = await tallyInstances(tracking, hub, policy, signal)
    const names = await listQueues(store, hub, signal)
    const queues = await lookAtQueues(store, hub, names, signal)
    const instances = tally ? 'read' : names.length > 0 ? 'lost' : 'absent'
    const provisioned =
      names.length > 0 || (tally !== undefined && !tracking.shared) || (await ownParts(store, hub, signal)).length > 0
    const look: HubLook = { hub: named, provisioned, instances, tally: tally ?? newTally(), queues }
    if (!hinges(look, policy)) return judgeHub(look, policy)
    const explained = await unexplainedWhereDenied(queues, () =>
      explainHidden(store, tracking, { hub, queues, signal }),
    )
    return judgeHub({ ...look, queues: explained }, policy)
  } catch (error) {
    if (error instanceof AzureFailure) return unknownEvidence(named, 'storage', asClause(error.message))
    throw error
  }
}

/**
 * Messages are there, so where what would explain them may not be read the hub is busy: `unknown` would let a weaker
 * source, which sees no queue, speak in its place.
 */
async function unexplainedWhereDenied(
  queues: readonly QueueLook[],
  explain: () => Promise<readonly QueueLook[]>,
): Promise<readonly QueueLook[]> {
  try {
    return await explain()
  } catch (error) {
    if (error instanceof AzureFailure && error.kind === 'denied') return queues
    throw error
  }
}

/** Whether the verdict depends on what History says of hidden messages: a walk through all of it, not made for nothing. */
function hinges(look: HubLook, policy: IdlePolicy): boolean {
  if (!look.queues.some(({ kind, messages, visible }) => kind === 'control' && messages > 0 && visible === 0))
    return false
  const explained = look.queues.map((queue) => ({ ...queue, leftoverTimers: queue.messages }))
  return judgeHub({ ...look, queues: explained }, policy).verdict === 'idle'
}
