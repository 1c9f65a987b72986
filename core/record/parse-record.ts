import { Refusal } from '../failures.ts'
import { isObject, parseJson } from '../json.ts'
import type { Hub, StorageAccount } from '../task-hub/hub.ts'
import { parseHubName } from '../task-hub/name.ts'
import { parseRun, parseStoredLock } from './parse-lock.ts'
import type { AuditEntry, DeploymentRecord, RecordedHub } from './record.ts'
import { actions } from './record.ts'

/** Reads the record's text. Throws `Refusal` where it is not a record of this app in a schema that we know. */
export function parseRecord(text: string, app: string): DeploymentRecord {
  const problem = (what: string): Refusal =>
    new Refusal(
      `The deployment record '${app}.json' in container 'durable-safe-deployment' ${what}. Restore or delete that ` +
        'blob, then run again.',
    )
  const value = parseJson(text)
  if (value === undefined) throw problem('is not JSON')
  if (!isObject(value) || value['schema'] !== 1) throw problem('has a schema that this version does not know')
  if (typeof value['app'] !== 'string' || value['app'].toLowerCase() !== app.toLowerCase()) {
    throw problem('belongs to another app')
  }
  const { hubs, audit } = value
  if (!Array.isArray(hubs) || !Array.isArray(audit)) throw problem('holds no lists of task hubs and actions')
  return {
    schema: 1,
    app: value['app'],
    ...(parseStoredLock(value) ?? fail(problem('holds a deployment lock that is not understood'))),
    hubs: hubs.map(
      (each: unknown) => parseHubEntry(each) ?? fail(problem('holds a task hub entry that is not understood')),
    ),
    audit: audit.map((each: unknown) => parseAudit(each) ?? fail(problem('holds an action that is not understood'))),
  }
}

function parseHubEntry(value: unknown): RecordedHub | undefined {
  if (!isObject(value)) return undefined
  const hub = parseHub(value['hub'])
  if (!hub) return undefined
  const previous = value['previous'] === undefined ? undefined : parseHub(value['previous'])
  if (value['previous'] !== undefined && !previous) return undefined
  const times: Record<string, string> = {}
  for (const key of ['build', 'bornAt', 'productionSince', 'retiredAt', 'deletedAt']) {
    const text = value[key]
    if (text === undefined) continue
    if (typeof text !== 'string') return undefined
    times[key] = text
  }
  return { hub, ...times, ...(previous ? { previous } : {}) }
}

function parseHub(value: unknown): Hub | undefined {
  if (!isObject(value) || typeof value['name'] !== 'string') return undefined
  const name = parseHubName(value['name'])
  const account = parseAccount(value['account'])
  return name && account ? { account, name } : undefined
}

function parseAccount(value: unknown): StorageAccount | undefined {
  if (!isObject(value) || typeof value['name'] !== 'string' || typeof value['id'] !== 'string') return undefined
  return { name: value['name'], id: value['id'] }
}

function parseAudit(value: unknown): AuditEntry | undefined {
  if (!isObject(value)) return undefined
  const { at, taskHub, evidence } = value
  const by = parseRun(value['by'])
  const action = actions.find((each) => each === value['action'])
  if (!by || !action || typeof at !== 'string' || typeof evidence !== 'string') return undefined
  if (taskHub === undefined) return { at, by, action, evidence }
  return typeof taskHub === 'string' ? { at, by, action, taskHub, evidence } : undefined
}

function fail(refusal: Refusal): never {
  throw refusal
}
