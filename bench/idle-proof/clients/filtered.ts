// The best that the same loop can be: the service filters, and sends two columns.
import { TableClient } from '@azure/data-tables'
import { report } from './report.ts'

const ended = ['Completed', 'Failed', 'Terminated', 'Canceled'].map((status) => `RuntimeStatus eq '${status}'`)
const queryOptions = { filter: `not (${ended.join(' or ')})`, select: ['PartitionKey', 'RuntimeStatus'] }

await report(async ({ connectionString, hub }) => {
  const table = TableClient.fromConnectionString(connectionString, `${hub}Instances`, { allowInsecureConnection: true })
  const first = await table.listEntities({ queryOptions }).next()
  return { verdict: first.done === true ? 'idle' : 'busy' }
})
