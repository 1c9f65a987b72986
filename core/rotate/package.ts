import { checkHostJson } from '../function-app/host-json.ts'
import type { Problem } from '../function-app/slot-rules.ts'
import { remoteText } from '../remote-text.ts'

/**
 * Why the host.json of a package would not run on the hub that is rotated, or undefined where it would:
 * 1. its hub follows the app setting that is changed;
 * 2. it keeps its hub in the account that the task looks at.
 */
export function packageProblem(
  hostJson: string,
  names: { readonly taskHubSetting: string; readonly storageSetting: string },
): Problem {
  const checked = checkHostJson(hostJson, names.taskHubSetting)
  if (checked.kind === 'refused') return checked.problem
  const connection = checked.storageConnectionName ?? 'AzureWebJobsStorage'
  if (connectionSection(connection) === connectionSection(names.storageSetting)) return undefined
  const shown = remoteText(connection)
  return (
    `host.json in the package keeps its task hub in the account of connection '${shown}', but storageSetting is ` +
    `'${names.storageSetting}'. Give storageSetting: ${shown}.`
  )
}

/** The host looks for `AzureWebJobs<name>` before `<name>`, so `Storage` and `AzureWebJobsStorage` are one connection. */
function connectionSection(name: string): string {
  return name.toLowerCase().replace(/^azurewebjobs/, '')
}
