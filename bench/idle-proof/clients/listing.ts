// The listing that users write today: every row, the SDK's loop, the filter in code; it stops at the first row that counts.
import { TableClient } from '@azure/data-tables'
import { report } from './report.ts'

const ended = new Set(['Completed', 'Failed', 'Terminated', 'Canceled'])

await report(async ({ connectionString, hub }) => {
  const table = TableClient.fromConnectionString(connectionString, `${hub}Instances`, { allowInsecureConnection: true })
  for await (const row of table.listEntities<{ RuntimeStatus?: string }>()) {
    if (!ended.has(row.RuntimeStatus ?? '')) return { verdict: 'busy' }
  }
  return { verdict: 'idle' }
})
