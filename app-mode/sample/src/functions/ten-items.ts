import { setTimeout as pause } from 'node:timers/promises'
import { app } from '@azure/functions'
import { appMode } from '../app-mode.js'
import { putAside, restOutput, send } from '../work.js'

/** A run of ten items, one second apart. What it has not sent when the app prepares to stop is put into the queue. */
app.timer('ten-items', {
  schedule: '0 */5 * * * *',
  handler: async (timer, context) => {
    const run = timer.scheduleStatus.next
    await appMode.run(context.functionName, async (item) => {
      for (let number = 1; number <= 10; number++) {
        if (item.signal.aborted) {
          putAside(context, run, number)
          return
        }
        await send(run, number)
        // A pause that is cut short when there is no time to lose.
        await pause(1000, undefined, { signal: item.signal }).catch(() => undefined)
      }
    })
  },
  extraOutputs: [restOutput],
})
