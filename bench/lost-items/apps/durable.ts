// A run is an orchestration and each item an activity, whose write is conditional because an activity may run twice.
import { setTimeout as delay } from 'node:timers/promises'
import type { Activity, Orchestrator } from '../../../emulator/durable/app.ts'
import type { Starter } from '../../../emulator/host/content.ts'
import { place } from './place.ts'
import { put, runOf, tellBegin } from './send.ts'

/** As the retry options of an activity have it. */
const mostTries = 5

/** What this process began last. */
let latest: string | undefined

export const starters: Record<string, Starter> = {
  SendItems: {
    type: 'timer',
    everyMs: place.periodMs,
    useMonitor: true,
    async run(client, context) {
      // One run at a time, as the other apps have it: their runs are the timer's own.
      const before = latest === undefined ? undefined : await client.getStatus(latest)
      if (before?.runtimeStatus === 'Pending' || before?.runtimeStatus === 'Running') return
      const run = runOf(context)
      latest = await client.startNew(`Run${place.version}`, run, `run-${run}`)
      await tellBegin(run, context)
    },
  },
}

/** Named after the version: the code of the other one could not go on with it. */
export const orchestrators: Record<string, Orchestrator> = {
  *[`Run${place.version}`](context: Parameters<Orchestrator>[0]) {
    for (let item = 1; item <= place.items; item++) {
      for (let tried = 1; ; tried++) {
        try {
          yield context.callActivity(`Send${place.version}`, { run: context.input, item })
          break
        } catch (error) {
          if (tried === mostTries) throw error
        }
      }
    }
  },
}

export const activities: Record<string, Activity> = {
  async [`Send${place.version}`](input) {
    const { run, item } = input as { run: number; item: number }
    if (item > 1) await delay(place.secondMs)
    await put(run, item)
  },
}
