import type { InvocationContext } from '@azure/functions'
import { output } from '@azure/functions'

export const restQueue = 'rest-of-a-run'

/** What a function that puts a rest aside has among its extraOutputs. */
export const restOutput = output.storageQueue({ queueName: restQueue, connection: 'AzureWebJobsStorage' })

/** Sends one item to where ITEM_URL says. The receiver knows an item by its run and number, and takes it once. */
export async function send(run: string, number: number): Promise<void> {
  const url = process.env['ITEM_URL']
  if (!url) throw new Error('The app setting ITEM_URL is not set.')
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ run, number }),
  })
  if (!answer.ok) throw new Error(`The receiver answered ${answer.status}.`)
}

/** Puts the items from that number to the tenth into the queue; an output binding sends them when the function returns. */
export function putAside(context: InvocationContext, run: string, from: number): void {
  const rest = Array.from({ length: 11 - from }, (_, at) => ({ run, number: from + at }))
  context.extraOutputs.set(restOutput, rest)
}
