import type { AzureFailure } from '../failures.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { hubInWords } from '../function-app/slot-hub.ts'
import type { Problem } from '../function-app/slot-rules.ts'
import type { EvidenceSource } from '../task-hub/idle-proof/evidence.ts'
import type { Hub } from '../task-hub/hub.ts'
import { instancesTable } from '../task-hub/layout.ts'
import type { HubParts } from '../task-hub/ports.ts'
import type { WantedHub } from '../task-hub/wanted-hub.ts'
import { wantedHubInWords } from '../task-hub/wanted-hub.ts'

/** What a user may ask for; `auto` leaves it to the task. */
export type EvidenceChoice = 'auto' | EvidenceSource

/** Which source tells of the slot's own hub; `storageElseApp`: its app where storage gives no access. */
export function sourceOfOwnHub(wanted: EvidenceChoice): EvidenceSource | 'storageElseApp' {
  return wanted === 'auto' ? 'storageElseApp' : wanted
}

/**
 * Whether storage that failed gives no access, so that the app may be asked instead. Storage that answers badly is
 * `unknown`, and a weaker source would hide that.
 */
export function givesNoAccess({ kind }: Pick<AzureFailure, 'kind'>): boolean {
  return kind === 'denied' || kind === 'network'
}

/**
 * Which source tells of a hub that is not the slot's own, or why none does:
 * 1. it must exist in storage, whoever is asked;
 * 2. the app is asked only where that cannot create the hub;
 * 3. `auto` is storage.
 */
export function sourceOfTypedHub(
  wanted: Exclude<EvidenceChoice, 'stateService'>,
  { hub, parts }: { readonly hub: Hub; readonly parts: HubParts },
  own: SlotHub,
): Exclude<EvidenceSource, 'stateService'> | { readonly problem: string } {
  if (parts.parts.length === 0) {
    return {
      problem: `Task hub '${hub.name}' does not exist in storage account '${hub.account.name}'. Correct taskHubName, or leave it empty for the slot's own hub.`,
    }
  }
  if (wanted === 'auto') return 'storage'
  const problem = wanted === 'managementApi' ? createdByAsking(hub, parts, own) : undefined
  return problem === undefined ? wanted : { problem: `${problem} Give evidence 'storage'.` }
}

/** The state service tells of what a slot runs, and of no hub by its name. */
export function onlyOwnHub(typed: WantedHub, own: SlotHub): string {
  return (
    `taskHubName '${wantedHubInWords(typed)}' is not the task hub of slot '${own.slot}' (${hubInWords(own)}), and evidence 'stateService' tells ` +
    "of the slot's own only. Leave taskHubName empty, or give evidence 'storage'."
  )
}

/** A Durable client creates the hub it is asked about where it is not (DT AzureStorageOrchestrationService.cs:1749-1750). */
function createdByAsking(hub: Hub, { parts }: HubParts, own: SlotHub): Problem {
  const where = `in storage account '${hub.account.name}'`
  if (own.storage.kind !== 'known' || own.storage.reference.account.id !== hub.account.id) {
    return `Task hub '${hub.name}' is ${where}, which slot '${own.slot}' does not use, so evidence 'managementApi' cannot see it.`
  }
  const table = instancesTable(hub.name).toLowerCase()
  const seen = parts.some((part) => part.kind === 'rows' || part.name.toLowerCase() === table)
  return seen
    ? undefined
    : `Task hub '${hub.name}' has no tables ${where}, and evidence 'managementApi' would create them.`
}
