import type { SlotHub } from '../function-app/slot-hub.ts'
import type { ReadableStorage } from '../function-app/storage-reference.ts'
import type { HubName } from '../task-hub/name.ts'
import type { HubParts, LiveLease } from '../task-hub/ports.ts'

/** What tells whether the wanted name is taken; `managementApi` knows no storage. */
export type RotateEvidence = 'storage' | 'managementApi'

/** Evidence `managementApi` accepts knowingly that storage does not tell whether the wanted name is taken. */
export function acceptsUnknown(evidence: RotateEvidence): boolean {
  return evidence === 'managementApi'
}

type WhereToLook =
  | { readonly kind: 'look'; readonly slotHub: SlotHub; readonly storage: ReadableStorage }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refuse'; readonly problem: string }

/**
 * Where to look whether the wanted name is taken: in the slot's own account. Where that cannot be told,
 * 1. a slot that is not there, or whose settings cannot be read, is left to the plan, which refuses it with the reason;
 * 2. it stays unknown where the evidence accepts that;
 * 3. else the rotation is refused.
 */
export function whereToLook(own: SlotHub | undefined, wanted: HubName, evidence: RotateEvidence): WhereToLook {
  if (own?.storage.kind === 'known') return { kind: 'look', slotHub: own, storage: own.storage.reference }
  if (!own || own.name.kind === 'unreadable' || acceptsUnknown(evidence)) return { kind: 'unknown' }
  return {
    kind: 'refuse',
    problem: `Whether task hub '${wanted}' already exists cannot be told: ${own.storage.because}.`,
  }
}

/** What the parts of the wanted hub tell; `noData`: its leases tell the rest. */
export function takenByData({ parts, holdsData, obstacle }: HubParts): 'absent' | 'holdsData' | 'noData' {
  // Rows of a shared tracking store that may be this hub's are data until somebody can tell.
  if (obstacle !== undefined) return 'holdsData'
  if (parts.length === 0) return 'absent'
  return holdsData ? 'holdsData' : 'noData'
}

/** An app of another name that just began: its tables are empty, its worker is there. */
export function takenByWorker(leases: readonly LiveLease[]): 'heldByWorker' | 'empty' {
  return leases.length > 0 ? 'heldByWorker' : 'empty'
}
