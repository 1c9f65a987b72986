// A run that knows nothing of being stopped.
import { setTimeout as delay } from 'node:timers/promises'
import type { Starter } from '../../../emulator/host/content.ts'
import { place } from './place.ts'
import { runOf, send, tellBegin } from './send.ts'

export const starters: Record<string, Starter> = {
  SendItems: {
    type: 'timer',
    everyMs: place.periodMs,
    useMonitor: true,
    async run(_client, context) {
      const run = runOf(context)
      await tellBegin(run, context)
      for (let item = 1; item <= place.items; item++) {
        if (item > 1) await delay(place.secondMs)
        await send(run, item)
      }
    },
  },
}
