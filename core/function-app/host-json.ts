import { fieldsOf } from '../json.ts'
import { remoteText } from '../remote-text.ts'
import { parseLenientJson } from './lenient-json.ts'

export type HostJson =
  | {
      readonly kind: 'fits'
      /** `storageProvider.connectionName`, or its older name; not set = AzureWebJobsStorage. */
      readonly storageConnectionName?: string
      /** Set where Instances and History are kept in an account of their own. */
      readonly trackingStoreConnectionName?: string
    }
  | { readonly kind: 'refused'; readonly problem: string }

type Section = ReadonlyMap<string, unknown>

/**
 * Whether a host.json takes its hub's name from the app setting: `"hubName": "%TaskHubName%"` is the only form that travels
 * in a swap and that the scale controller resolves (durable extension, DurableTaskOptions; HOST FunctionsSyncManager.cs).
 * 1. It is JSON, with comments and trailing commas as the host reads them.
 * 2. With a `version` (2.0 and up) the hub is at extensions.durableTask; without one (1.x) at durableTask.
 * 3. hubName is one whole `%setting%`, and the setting is the one that the task was told.
 */
export function checkHostJson(text: string, taskHubSetting: string): HostJson {
  const json = parseLenientJson(text)
  const root = json.kind === 'parsed' ? fieldsOf(json.value) : undefined
  if (!root) {
    const why = json.kind === 'broken' ? ` (${remoteText(json.because)})` : ''
    return refused(`host.json is not a JSON object${why}. Correct the file.`)
  }
  const place = root.has('version') ? 'extensions.durableTask' : 'durableTask'
  const durable = root.has('version')
    ? fieldsOf(fieldsOf(root.get('extensions'))?.get('durabletask'))
    : fieldsOf(root.get('durabletask'))
  const hubName = durable?.get('hubname')
  const remedy = `Write "hubName": "%${taskHubSetting}%" under ${place} in host.json.`
  if (!durable || hubName === undefined || hubName === null) {
    return refused(
      `host.json sets no hubName under ${place}, so the task hub would not follow '${taskHubSetting}'. ${remedy}`,
    )
  }
  if (typeof hubName !== 'string') {
    return refused(`hubName in host.json is '${remoteText(JSON.stringify(hubName))}', which is not a text. ${remedy}`)
  }
  const named = /^%([^%]+)%$/.exec(hubName)?.[1]
  if (named === undefined) {
    return refused(`hubName in host.json is '${remoteText(hubName)}' and not a setting in '%'. ${remedy}`)
  }
  if (named.toLowerCase() !== taskHubSetting.toLowerCase()) {
    return refused(
      `hubName in host.json names app setting '${remoteText(named)}', but taskHubSetting is '${taskHubSetting}'. Give ` +
        `taskHubSetting: ${remoteText(named)}, or write "hubName": "%${taskHubSetting}%".`,
    )
  }
  return { kind: 'fits', ...connections(durable) }
}

function connections(durable: Section): { storageConnectionName?: string; trackingStoreConnectionName?: string } {
  const provider = fieldsOf(durable.get('storageprovider'))
  const first = (...names: readonly string[]): string | undefined =>
    names
      .flatMap((name) => [provider?.get(name), durable.get(name)])
      .find((value): value is string => typeof value === 'string' && value.trim() !== '')
  const storage = first('connectionname', 'connectionstringname', 'azurestorageconnectionstringname')
  const tracking = first('trackingstoreconnectionname', 'trackingstoreconnectionstringname')
  return {
    ...(storage !== undefined && { storageConnectionName: storage }),
    ...(tracking !== undefined && { trackingStoreConnectionName: tracking }),
  }
}

function refused(problem: string): HostJson {
  return { kind: 'refused', problem }
}
