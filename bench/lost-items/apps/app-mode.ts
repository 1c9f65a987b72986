// A run that is counted, is not begun while the app prepares to stop, and is waited for by what stops the app.
import { setTimeout as delay } from 'node:timers/promises'
import { createAppMode } from '../../../app-mode/src/index.ts'
import type { Starter } from '../../../emulator/host/content.ts'
import { place } from './place.ts'
import { runOf, send, tellBegin } from './send.ts'

const appMode = createAppMode()

export const starters: Record<string, Starter> = {
  SendItems: {
    type: 'timer',
    everyMs: place.periodMs,
    useMonitor: true,
    retry: { delayMs: place.secondMs, maxRetryCount: -1 },
    run: (_client, context) =>
      appMode.run('SendItems', async () => {
        const run = runOf(context)
        await tellBegin(run, context)
        for (let item = 1; item <= place.items; item++) {
          if (item > 1) await delay(place.secondMs)
          await send(run, item)
        }
      }),
  },
  AppMode: {
    type: 'http',
    route: 'app-mode/{route}',
    authLevel: 'function',
    run: ({ method, path, body }) =>
      appMode.handle({ method, url: path, text: () => Promise.resolve(body.toString('utf8')) }),
  },
}
