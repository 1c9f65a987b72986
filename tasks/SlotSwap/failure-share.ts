import { asClause, AzureFailure, Refusal } from '../../core/failures.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { hubInWords, hubOf, runsHub } from '../../core/function-app/slot-hub.ts'
import { readRecord } from '../../core/record/keep.ts'
import { findRecorded } from '../../core/record/record.ts'
import { noData, type FailureLimit, type FailureShare } from '../../core/swap/failure-share.ts'
import { failureReader, type ReadableHub } from '../../core/swap/read-failures.ts'
import type { Deps } from '../deps.ts'
import { hubsOf } from '../look-at-hub.ts'
import type { OpenApp } from '../look-at-app.ts'
import type { DoneSwap, OpenSwap } from './open-swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

/**
 * What begins so soon after the swap is left out, at most the settle time: old instances still answer, and the app's clock,
 * which tells when an instance began, may be a little behind ours.
 */
const marginMs = 15_000

/** Reads and judges the failure share each time it is called. Never fails for what cannot be read; throws `Cancelled`. */
export async function openFailureShare(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan, swappedAt, limit }: DoneSwap & { readonly limit: FailureLimit },
  signal: AbortSignal,
): Promise<(signal: AbortSignal) => Promise<FailureShare>> {
  const { now, before } = hubsInTurn(wanted, plan)
  try {
    const question = { now: readable(deps, now), before: readable(deps, before), limit }
    const since =
      swappedAt === undefined
        ? await swappedBefore(deps, app, now, signal)
        : new Date(swappedAt.getTime() + Math.min(wanted.settleMs, marginMs))
    if (since === undefined) return always(noData(untold(now)))
    return failureReader(deps.clock, { ...question, since })
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof AzureFailure)) throw error
    return always(noData(asClause(error.message).replace(/^The /, 'the ')))
  }
}

function always(share: FailureShare): () => Promise<FailureShare> {
  return () => Promise.resolve(share)
}

function untold({ slot }: SlotHub): string {
  return `an earlier run swapped, and the deployment record does not tell since when the task hub of slot '${slot}' serves`
}

/** The hub that the target runs now and the one it ran before; which slot's they were depends on whether this run swapped. */
function hubsInTurn(
  { taskHub }: SlotSwapWanted,
  { source, target }: OpenSwap['plan'],
): { readonly now: SlotHub; readonly before: SlotHub } {
  return runsHub(target.hub, taskHub)
    ? { now: target.hub, before: source.hub }
    : { now: source.hub, before: target.hub }
}

/** Throws `Refusal` where the slot's settings do not show where its hub is. */
export function readable({ azure }: Deps, slotHub: SlotHub): ReadableHub {
  if (slotHub.name.kind !== 'set') throw new Refusal(`slot '${slotHub.slot}' had ${hubInWords(slotHub)}.`)
  if (slotHub.storage.kind === 'unknown') throw new Refusal(`${slotHub.storage.because}.`)
  return { name: slotHub.name.value, hubs: hubsOf(azure, slotHub, slotHub.storage.reference) }
}

/** When an earlier run swapped the present hub in; undefined where the record does not tell. */
async function swappedBefore(
  { azure }: Deps,
  app: OpenApp,
  now: SlotHub,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const hub = hubOf(now)
  if (!hub || now.storage.kind !== 'known') return undefined
  const record = await readRecord(azure.records(now.storage.reference), app.address.name, signal)
  const since = new Date((record && findRecorded(record, hub)?.productionSince) ?? '')
  return Number.isNaN(since.getTime()) ? undefined : since
}
