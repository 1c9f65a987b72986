// Times are Azure's, made shorter by one factor.

/** What one second of Azure takes here. */
export const secondMs = 80

/** A run sends this many items, one second apart. */
export const itemsPerRun = 10
/** The timer is due so often. */
export const periodSeconds = 15
/** How long the old process goes on after the hostnames moved, where that is waited for. */
export const waitSeconds = 30
/**
 * What a language worker has to end in (azure-functions-host, WorkerConstants.cs: WorkerTerminateGracePeriodInSeconds = 5). The
 * web host itself has about ten (azure-functions-host #7103): with these a run of ten seconds always ends in time.
 */
export const graceSeconds = 5
export const longGraceSeconds = 10

export function scaled(seconds: number): number {
  return seconds * secondMs
}
