import { remoteText } from '../../remote-text.ts'
import { entityName, isEntity } from '../rows/entity.ts'
import type { InstanceRow } from '../rows/instance.ts'

/** An instance that has not ended, as people are told of it: fit to print. */
export type InFlight = {
  readonly instanceId: string
  readonly name: string
  readonly version: string
  readonly status: string
  readonly createdAt?: Date
  /** A clause; only where it was looked for. */
  readonly waitsFor?: string
}

/** What an instance is counted by: the orchestration's name, an entity's `@name`. */
export function inFlightName(row: InstanceRow): string {
  return isEntity(row) ? entityName(row) : row.name
}

/** What of a row is told, fit to print. */
export function inFlight(row: InstanceRow): InFlight {
  const { id, version, status, createdAt } = row
  return {
    instanceId: remoteText(id),
    name: remoteText(inFlightName(row)),
    version: remoteText(version),
    status: remoteText(status),
    ...(createdAt ? { createdAt } : {}),
  }
}
