import { asClause, AzureFailure, Refusal } from '../../core/failures.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { Deps } from '../deps.ts'
import { readable } from './failure-share.ts'
import type { SlotSwapWanted } from './wanted.ts'

const most = 10_000
const withinMs = 20_000

/** A sentence on what began on the hub that was swapped back, and goes on there. Throws `Cancelled`. */
export async function whatStillRuns(
  { sourceSlot, taskHub }: Pick<SlotSwapWanted, 'sourceSlot' | 'taskHub'>,
  deps: Deps,
  { slot, hub }: SlotSide,
  signal: AbortSignal,
): Promise<string> {
  const where = `on task hub '${taskHub.name}', in slot '${sourceSlot}'`
  try {
    const { name, hubs } = readable(deps, hub)
    const { instances, areAll } = await hubs.instances(name, { state: 'unfinished', most, withinMs }, signal)
    if (instances.length === 0) return `No instance runs ${where}, any more.`
    const count = `${areAll ? '' : 'More than '}${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`
    if (slot.state === 'Stopped') {
      const have = instances.length === 1 ? 'has' : 'have'
      return `${count} ${have} not ended ${where}, which was stopped before the swap: nothing runs there until the slot is started.`
    }
    return `${count} still ${instances.length === 1 ? 'runs' : 'run'} ${where}, and ${instances.length === 1 ? 'ends' : 'end'} there.`
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof AzureFailure)) throw error
    return `What began there still runs ${where}; how much that is could not be told: ${asClause(error.message)}.`
  }
}
