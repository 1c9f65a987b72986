// A run that stops when it is told to and throws, so that its retry policy runs it again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Starter } from '../../../emulator/host/content.ts'
import { place } from './place.ts'
import { runOf, send, tellBegin } from './send.ts'

export const starters: Record<string, Starter> = {
  SendItems: {
    type: 'timer',
    everyMs: place.periodMs,
    useMonitor: true,
    retry: { delayMs: place.secondMs, maxRetryCount: 5 },
    async run(_client, context) {
      const { signal } = context
      const run = runOf(context)
      await tellBegin(run, context)
      for (let item = 1; item <= place.items; item++) {
        if (item > 1) await delay(place.secondMs, undefined, { signal })
        signal.throwIfAborted()
        await send(run, item)
      }
    },
  },
}
