/** The lines of DurableTask.AzureStorage that a hub can have been written by; each is a folder of `lines/`. */
export const lines = ['dtfx-2', 'dtfx-1', 'dtfx-1-early'] as const
export type Line = (typeof lines)[number]

export const partitionCounts = [1, 4, 16] as const
export type Partitions = (typeof partitionCounts)[number]

/** Who shares out the partitions (facts of DT AzureStorageOrchestrationServiceSettings.cs). */
export type Manager = 'table' | 'safe' | 'legacy'

/** What the line does unless it is told otherwise; the early one has no choice. */
export const defaultManager: Readonly<Record<Line, Manager>> = {
  'dtfx-2': 'table',
  'dtfx-1': 'safe',
  'dtfx-1-early': 'legacy',
}
