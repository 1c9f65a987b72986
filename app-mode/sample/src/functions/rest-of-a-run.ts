import { app } from '@azure/functions'
import { appMode } from '../app-mode.js'
import { restQueue, send } from '../work.js'

/**
 * One item of a run that was put aside. While the app prepares to stop, `run` throws AppIsStopping: the message stays in the
 * queue, becomes visible again after visibilityTimeout, and the next version takes it.
 */
app.storageQueue('rest-of-a-run', {
  queueName: restQueue,
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { run, number } = message as { run: string; number: number }
    await appMode.run(context.functionName, async () => {
      await send(run, number)
    })
  },
})
