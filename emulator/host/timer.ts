import { setTimeout as delay } from 'node:timers/promises'
import type { DurableClient } from '../durable/client.ts'
import { textOf } from '../durable/payload.ts'
import type { Starter, StarterContext } from './content.ts'
import type { Invocations } from './invocations.ts'
import { withRetry } from './retry.ts'
import type { ScheduleMonitor, ScheduleStatus } from './schedule-status.ts'
import { resumeSchedule } from './schedule-status.ts'

export type TimerListening = {
  readonly name: string
  readonly starter: Extract<Starter, { type: 'timer' }>
  readonly appVersion: string
  readonly client: DurableClient
  readonly invocations: Invocations
  /** Set where the starter asks for one. */
  readonly monitor: ScheduleMonitor | undefined
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/**
 * Runs a timer starter at its times until the signal aborts, one run at a time (Timers/Listener/TimerListener.cs):
 * 1. with a monitor, an occurrence that was missed since the last run is run at once, as past due;
 * 2. the next time counts from when a run began; one that passed meanwhile is run as soon as the run has ended, and only one;
 * 3. a run counts as done however it ended, also when it threw or was cancelled: its status is written all the same.
 * Resolves when it listens. Throws what reading the status throws.
 */
export async function listenToTimer(listening: TimerListening): Promise<void> {
  const { starter, monitor, signal } = listening
  const { everyMs, useMonitor = false } = starter
  const nextAfter = (moment: number) => (useMonitor ? (Math.floor(moment / everyMs) + 1) * everyMs : moment + everyMs)
  const now = Date.now()
  const { status, isNew, isPastDue } = resumeSchedule(await monitor?.read(), now, nextAfter)
  if (isNew) await monitor?.write(status)
  if (!signal.aborted) void turn(listening, nextAfter, { status, isPastDue })
}

async function turn(
  listening: TimerListening,
  nextAfter: (moment: number) => number,
  first: { readonly status: ScheduleStatus; readonly isPastDue: boolean },
): Promise<void> {
  const { signal, monitor, invocations } = listening
  let { status, isPastDue } = first
  for (;;) {
    if (!isPastDue) await delay(Math.max(1, status.next - Date.now()), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const began = Date.now()
    const due = { status, isPastDue }
    await invocations.track(async () => {
      await invoke(listening, due)
      const adjusted = !due.isPastDue && due.status.next > began ? due.status.next : began
      status = { last: adjusted, next: nextAfter(adjusted), lastUpdated: adjusted }
      await monitor?.write(status).catch((error: unknown) => listening.log(`A schedule was not kept: ${textOf(error)}`))
    })
    isPastDue = false
  }
}

async function invoke(
  { name, starter, appVersion, client, signal, log }: TimerListening,
  { status, isPastDue }: { readonly status: ScheduleStatus; readonly isPastDue: boolean },
): Promise<void> {
  const run = (retryCount: number) => {
    const context: StarterContext = {
      appVersion,
      signal,
      log,
      retryCount,
      timer: { isPastDue, due: new Date(status.next) },
    }
    return starter.run(client, context)
  }
  await withRetry(starter.retry, signal, run).catch((error: unknown) => {
    if (!signal.aborted) log(`Starter '${name}' failed: ${textOf(error)}`)
  })
}
