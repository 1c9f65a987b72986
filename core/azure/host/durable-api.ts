import type { AskThroughApp } from '../../azure-port.ts'
import { asClause, AzureFailure } from '../../failures.ts'
import type { Evidence, LookAtHub } from '../../task-hub/idle-proof/evidence.ts'
import { judgeHub, unknownEvidence } from '../../task-hub/idle-proof/idle.ts'
import type { InstanceRow } from '../../task-hub/rows/instance.ts'
import { addRow, newTally, type Tally } from '../../task-hub/idle-proof/tally.ts'
import type { ArmHosts } from '../arm/hosts.ts'
import { readInstances } from './durable-instance.ts'
import { hostUrl } from './slot-hosts.ts'
import type { Http } from '../http/client.ts'

const instancesPath = '/runtime/webhooks/durabletask/instances'
const tokenHeader = 'x-ms-continuation-token'
const mostPages = 1_000

const notChecked = [
  'control and work-item queues',
  'messages that have no instance row yet',
  'History of instances that are not marked as ended',
  'versions of instances',
]

type Page = { readonly rows: readonly InstanceRow[]; readonly next?: string }
type ReadPage = (token: string | undefined, signal: AbortSignal) => Promise<Page>

/**
 * Looks at a hub through the Durable HTTP API of its app: ARM's bridge into the host, which needs no key, else the slot's
 * host with its system key. It sees instances and entities, no queue and no version. Only `Cancelled` is thrown.
 */
export function lookThroughManagementApi(
  ask: AskThroughApp & { readonly arm: ArmHosts; readonly http: Http },
): LookAtHub {
  return async (signal) => {
    const failures: string[] = []
    for (const read of [throughArm(ask), throughHost(ask)]) {
      try {
        return await lookAtAll(ask, read, signal)
      } catch (error) {
        if (!(error instanceof AzureFailure)) throw error
        failures.push(asClause(error.message))
      }
    }
    return unknown(ask, failures.join('; '))
  }
}

/**
 * Every page, to the end: one may be short, or empty, and still have a next one (EXT HttpApiHandler.cs:490-510). A token that
 * repeats would go on for ever, so that what was read is no proof.
 */
async function lookAtAll(ask: AskThroughApp, read: ReadPage, signal: AbortSignal): Promise<Evidence> {
  const tally = newTally()
  const tokens = new Set<string>()
  for (let token: string | undefined; ;) {
    const page: Page = await read(token, signal)
    for (const row of page.rows) addRow(tally, row, ask.policy, false)
    token = page.next
    if (token === undefined) return judge(ask, tally)
    if (tokens.has(token) || tokens.size >= mostPages) {
      const why = tokens.has(token) ? 'a continuation token repeats' : `there are more than ${mostPages} pages`
      return unknown(ask, `could not list the instances of task hub '${ask.hub.name}': the list does not end, ${why}`)
    }
    tokens.add(token)
  }
}

function judge({ hub, policy }: AskThroughApp, tally: Tally): Evidence {
  const { provisioned: _, ...evidence } = judgeHub(
    { hub, provisioned: true, instances: 'read', tally, queues: [] },
    policy,
  )
  const because = evidence.verdict === 'idle' ? 'its management API shows nothing running' : evidence.because
  return { ...evidence, source: 'managementApi', because, inFlightByVersion: {}, notChecked }
}

function unknown({ hub }: AskThroughApp, because: string): Evidence {
  return { ...unknownEvidence(hub, 'managementApi', because), notChecked }
}

function throughArm(ask: AskThroughApp & { arm: ArmHosts }): ReadPage {
  const { app, slot } = ask
  const operation = `list the instances of task hub '${ask.hub.name}' through Azure Resource Manager`
  return async (token, signal) => {
    const request = { app, slot, path: instancesPath, query: query(ask), headers: pageHeaders(token), operation }
    return pageOf(await ask.arm.hostRuntime(request, signal), operation)
  }
}

function throughHost(ask: AskThroughApp & { arm: ArmHosts; http: Http }): ReadPage {
  const { app, slot, hostName } = ask
  const operation = `list the instances of task hub '${ask.hub.name}' from '${hostName}'`
  const whenDenied = `The host does not accept its own key. Check the access restrictions and the authentication of slot '${slot}'.`
  const url = `${hostUrl(hostName, instancesPath)}?${new URLSearchParams(query(ask)).toString()}`
  let key: string | undefined
  return async (token, signal) => {
    if (key === undefined) {
      const keys = await ask.arm.hostKeys(app, slot, signal)
      key = keys.systemKeys['durabletask_extension'] ?? keys.masterKey
    }
    if (key === undefined) {
      throw new AzureFailure(`Could not ${operation}: the slot has no key of the Durable extension.`, {
        operation,
        kind: 'unreadable',
      })
    }
    const headers = { ...pageHeaders(token), 'x-functions-key': key }
    return pageOf(await ask.http.getJson({ url, headers, errand: { operation, whenDenied } }, signal), operation)
  }
}

/**
 * All four non-terminal statuses, spelled exactly: a value that the extension does not know is dropped, and with none left the
 * list is unfiltered (HttpApiHandler.cs:719-739). No `taskHub` for the slot's own hub: the host would create a wrong one.
 */
function query({ ownHub, hub }: AskThroughApp): Record<string, string> {
  return {
    runtimeStatus: 'Pending,Running,Suspended,ContinuedAsNew',
    showInput: 'false',
    top: '1000',
    ...(ownHub ? {} : { taskHub: hub.name }),
  }
}

function pageHeaders(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { [tokenHeader]: token }
}

function pageOf(answer: { json: unknown; headers: Readonly<Record<string, string>> }, operation: string): Page {
  const rows = readInstances(answer.json)
  if (!rows) {
    throw new AzureFailure(`Could not ${operation}: the answer is not a list of instances.`, {
      operation,
      kind: 'unreadable',
    })
  }
  const token = answer.headers[tokenHeader]
  // `bnVsbA==` is how some versions of the extension write "no more": null, in base64.
  return token === undefined || token === '' || token === 'bnVsbA==' ? { rows } : { rows, next: token }
}
