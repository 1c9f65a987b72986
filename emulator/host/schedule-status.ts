// What the timer trigger keeps of a schedule, so that an occurrence that was missed while no host ran is run at once.
import type { Storage } from '../durable/storage.ts'
import { statusOf, tolerate } from '../durable/storage.ts'

/** Moments in milliseconds since 1970; `last` is 0 before the first run. */
export type ScheduleStatus = { readonly last: number; readonly next: number; readonly lastUpdated: number }

export type ScheduleMonitor = {
  read(): Promise<ScheduleStatus | undefined>
  write(status: ScheduleStatus): Promise<void>
}

const container = 'azure-webjobs-hosts'

/** A blob of the host's id (Timers.Storage/StorageScheduleMonitor.cs:62-68,151): what another slot did is not seen. */
export function scheduleMonitor(storage: Storage, hostId: string, functionName: string): ScheduleMonitor {
  const blobs = storage.blobs.getContainerClient(container)
  const blob = blobs.getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`)
  return {
    async read() {
      try {
        return fromText(String(await blob.downloadToBuffer()))
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    },
    async write(status) {
      const text = JSON.stringify({
        Last: new Date(status.last).toISOString(),
        Next: new Date(status.next).toISOString(),
        LastUpdated: new Date(status.lastUpdated).toISOString(),
      })
      const put = () => blob.upload(text, Buffer.byteLength(text))
      try {
        await put()
      } catch (error) {
        if (statusOf(error) !== 404) throw error
        await tolerate([409], blobs.create())
        await put()
      }
    },
  }
}

function fromText(text: string): ScheduleStatus {
  const { Last, Next, LastUpdated } = JSON.parse(text) as Record<'Last' | 'Next' | 'LastUpdated', string>
  return { last: Date.parse(Last), next: Date.parse(Next), lastUpdated: Date.parse(LastUpdated) }
}

/**
 * The status to go on with, and whether an occurrence was missed (Timers/Scheduling/ScheduleMonitor.cs, CheckPastDueAsync): a
 * timer seen for the first time waits for its next occurrence, and so does one whose schedule was changed.
 */
export function resumeSchedule(
  stored: ScheduleStatus | undefined,
  now: number,
  nextAfter: (moment: number) => number,
): { readonly status: ScheduleStatus; readonly isNew: boolean; readonly isPastDue: boolean } {
  if (stored === undefined) {
    return { status: { last: 0, next: nextAfter(now), lastUpdated: now }, isNew: true, isPastDue: false }
  }
  const basis = stored.last > 0 ? stored.last : stored.lastUpdated
  const expected = nextAfter(basis)
  if (stored.next === expected) return { status: stored, isNew: false, isPastDue: now > stored.next }
  const status =
    now > expected
      ? { last: 0, next: nextAfter(now), lastUpdated: now }
      : { last: 0, next: expected, lastUpdated: basis }
  return { status, isNew: true, isPastDue: false }
}
