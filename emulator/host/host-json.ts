import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type HostJson = Readonly<Record<string, unknown>>

export type DurableOptions = {
  readonly hubName: string | undefined
  readonly connectionName: string
  readonly partitionCount: number
  readonly defaultVersion: string
  readonly useAppLease: boolean
  readonly controlVisibilitySeconds: number | undefined
  readonly workItemVisibilitySeconds: number | undefined
  readonly mostOrchestrators: number | undefined
  readonly mostActivities: number | undefined
}

const override = 'AzureFunctionsJobHost__extensions__durableTask__'

/** Reads a JSON file of the deployed content; a missing one is empty. Throws, naming the file, where it is not JSON. */
export async function readJson(folder: string, name: string): Promise<HostJson> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as HostJson
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new Error(`The file '${name}' of the deployed content is not JSON.`, { cause: error })
  }
}

/**
 * The durable section of host.json. Settings `AzureFunctionsJobHost__extensions__durableTask__…` win over the file at run
 * time (HOST Config/ConfigurationSectionNames.cs:9).
 */
export function durableOptionsOf(hostJson: HostJson, settings: Readonly<Record<string, string>>): DurableOptions {
  const section = child(child(hostJson, 'extensions'), 'durableTask')
  const storage = child(section, 'storageProvider')
  const text = (from: HostJson, path: string, name: string) => settings[override + path + name] ?? string(from[name])
  const connectionName = text(storage, 'storageProvider__', 'connectionName') ?? string(storage['connectionStringName'])
  return {
    hubName: text(section, '', 'hubName'),
    connectionName: connectionName ?? 'AzureWebJobsStorage',
    partitionCount: Number(text(storage, 'storageProvider__', 'partitionCount') ?? storage['partitionCount'] ?? 4),
    defaultVersion: text(section, '', 'defaultVersion') ?? '',
    // EXT Options/DurableTaskOptions.cs, UseAppLease: true unless told otherwise.
    useAppLease: section['useAppLease'] !== false && text(section, '', 'useAppLease')?.toLowerCase() !== 'false',
    controlVisibilitySeconds: seconds(storage['controlQueueVisibilityTimeout']),
    workItemVisibilitySeconds: seconds(storage['workItemQueueVisibilityTimeout']),
    mostOrchestrators: number(section['maxConcurrentOrchestratorFunctions']),
    mostActivities: number(section['maxConcurrentActivityFunctions']),
  }
}

/** Names in configuration compare without case. */
function child(section: HostJson, name: string): HostJson {
  const found = Object.entries(section).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  return typeof found === 'object' && found !== null ? (found as HostJson) : {}
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined
}

/** `hh:mm:ss`. Shorter times than the library's one minute are taken, so that nobody waits for a crash to heal. */
function seconds(value: unknown): number | undefined {
  const match = /^(\d+):(\d+):(\d+)$/.exec(typeof value === 'string' ? value : '')
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined
}
