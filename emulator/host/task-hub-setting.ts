const longestName = 50

export type HubSource = {
  readonly hubName: string | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly siteName: string
  readonly slotName: string
}

/**
 * The hub a slot works on, by the durable extension's own rules; throws what the extension throws at the host's start
 * (EXT Options/DurableTaskOptions.cs:245-370, Options/AzureStorageOptions.cs:199-258).
 */
export function resolveHubName(source: HubSource): string {
  const standard = sanitized(source.siteName)
  if (source.hubName === undefined) {
    refuseDefault(standard, source)
    return standard
  }
  const name = source.hubName.replace(
    /%([^%]+)%/g,
    (token, setting: string) => lookUp(source.settings, setting) ?? token,
  )
  if (!/^[A-Za-z][A-Za-z0-9]{2,}$/.test(name) || name.length > longestName) {
    throw new Error(
      `Task hub name '${name}' should contain only alphanumeric characters, start with a letter, and have length between 3 and 45.`,
    )
  }
  if (name.toLowerCase() === standard.toLowerCase()) refuseDefault(standard, source)
  return name
}

/** The default name knows no slot, so all slots would share the hub. */
function refuseDefault(standard: string, { slotName }: HubSource): void {
  if (slotName.toLowerCase() === 'production') return
  throw new Error(
    `Task Hub name must be specified in host.json when using slots. Specified name must not equal the default HubName (${standard}). ` +
      'See documentation on Task Hubs for information on how to set this: https://docs.microsoft.com/azure/azure-functions/durable/durable-functions-task-hubs',
  )
}

function sanitized(siteName: string): string {
  const kept = siteName.replace(/[^\p{L}\p{Nd}]/gu, '')
  if (kept === '') return 'DefaultTaskHub'
  const started = /^\p{Nd}/u.test(kept) ? `t${kept}` : kept
  const cut = started.slice(0, 45)
  return cut.length < 3 ? `${cut}Hub` : cut
}

/** Settings are environment variables, whose names compare without case. */
export function lookUp(settings: Readonly<Record<string, string>>, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return Object.entries(settings).find(([key]) => key.toLowerCase() === wanted)?.[1]
}
