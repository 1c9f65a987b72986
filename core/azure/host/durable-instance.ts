import { fieldsOf } from '../../json.ts'
import { date, text, type InstanceRow } from '../../task-hub/rows/instance.ts'

/**
 * A page of the Durable HTTP API (EXT HttpApiHandler.cs:703-717), as rows of an Instances table; the API tells no version.
 * Undefined where it is not a list of instances: an item without an id may be anything.
 */
export function readInstances(json: unknown): readonly InstanceRow[] | undefined {
  if (!Array.isArray(json)) return undefined
  const rows = json.map(readInstance)
  return rows.every((row) => row !== undefined) ? rows : undefined
}

function readInstance(item: unknown): InstanceRow | undefined {
  const fields = fieldsOf(item)
  const id = text(fields?.get('instanceid'))
  if (!fields || !id) return undefined
  const createdAt = date(fields.get('createdtime'))
  const updatedAt = date(fields.get('lastupdatedtime'))
  const customStatus = fields.get('customstatus')
  return {
    key: id,
    id,
    name: text(fields.get('name')) ?? '',
    version: '',
    status: text(fields.get('runtimestatus')) ?? '',
    ...(createdAt && { createdAt }),
    ...(updatedAt && { updatedAt }),
    ...(customStatus !== undefined && customStatus !== null && { customStatus: asJson(customStatus) }),
  }
}

/** The API gives the status parsed; a text in it that was JSON once more is taken as it is. */
function asJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
