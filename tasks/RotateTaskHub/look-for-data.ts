import { AzureFailure, Refusal } from '../../core/failures.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import type { RotateSeen } from '../../core/rotate/plan.ts'
import { acceptsUnknown, takenByData, takenByWorker, whereToLook } from '../../core/rotate/taken.ts'
import type { Deps } from '../deps.ts'
import { hubsOf } from '../look-at-hub.ts'
import type { RotateWanted } from './wanted.ts'

/** Whether the wanted name is taken in storage. Throws `Refusal` where that cannot be looked up, and `AzureFailure`. */
export async function lookForData(
  wanted: RotateWanted,
  { azure }: Deps,
  own: SlotHub | undefined,
  signal: AbortSignal,
): Promise<RotateSeen['wantedHub']> {
  const where = whereToLook(own, wanted.taskHub, wanted.evidence)
  if (where.kind === 'refuse') throw new Refusal(`${where.problem} Nothing was changed.`)
  if (where.kind === 'unknown') return 'unknown'
  try {
    const hubs = hubsOf(azure, where.slotHub, where.storage)
    const data = takenByData(await hubs.parts(wanted.taskHub, signal))
    return data === 'noData' ? takenByWorker(await hubs.liveLeases(wanted.taskHub, signal)) : data
  } catch (error) {
    if (error instanceof AzureFailure && acceptsUnknown(wanted.evidence)) return 'unknown'
    throw error
  }
}
