import type { HubName } from './name.ts'
import { parseHubName } from './name.ts'

/** A hub as a user writes it: `name`, or `account/name` where a name alone would be ambiguous. */
export type WantedHub = { readonly name: HubName; readonly accountName?: string }

/** The job variable by which RotateTaskHub tells SlotSwap in the same job which hub the target must run. */
export const announcedHubVariable = 'DurableSafeDeployment.TaskHubName'

/** Reads `name` or `account/name`, or answers undefined. Storage account names: 3 to 24 lower-case letters and digits. */
export function parseWantedHub(text: string): WantedHub | undefined {
  const [first, second, ...rest] = text.split('/')
  if (first === undefined || rest.length > 0) return undefined
  if (second === undefined) {
    const name = parseHubName(first)
    return name && { name }
  }
  const name = parseHubName(second)
  return name && /^[a-z0-9]{3,24}$/i.test(first) ? { name, accountName: first } : undefined
}

export function wantedHubInWords(hub: WantedHub): string {
  return hub.accountName === undefined ? hub.name : `${hub.accountName}/${hub.name}`
}
