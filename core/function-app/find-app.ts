import { Refusal } from '../failures.ts'
import type { AppAddress } from './picture.ts'
import type { FunctionApps } from './ports.ts'

const mostNamed = 10

/**
 * The address of the app. Without a resource group it is looked up in the subscription; names compare without case. Throws
 * `Refusal` that lists what was found where none or several match, and `AzureFailure`.
 */
export async function findApp(
  apps: FunctionApps,
  wanted: { readonly appName: string; readonly resourceGroupName?: string },
  signal: AbortSignal,
): Promise<AppAddress> {
  if (wanted.resourceGroupName !== undefined) {
    return { name: wanted.appName, resourceGroup: wanted.resourceGroupName }
  }
  const all = await apps.list(signal)
  const matches = all.filter((app) => app.name.toLowerCase() === wanted.appName.toLowerCase())
  const [first, ...others] = matches
  if (first && others.length === 0) return first
  if (first) {
    const groups = matches.map((app) => `'${app.resourceGroup}'`).join(', ')
    throw new Refusal(
      `Function app '${wanted.appName}' exists in several resource groups: ${groups}. Give resourceGroupName.`,
    )
  }
  throw new Refusal(
    `No function app '${wanted.appName}' was found in the subscription. The service connection sees ${listed(all)}. Correct ` +
      'appName, or let the connection read the app.',
  )
}

function listed(apps: readonly AppAddress[]): string {
  if (apps.length === 0) return 'no function app at all'
  const shown = apps.slice(0, mostNamed).map((app) => `'${app.name}'`)
  const more = apps.length > mostNamed ? ` and ${apps.length - mostNamed} more` : ''
  return shown.join(', ') + more
}
