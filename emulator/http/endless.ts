// Pages that are empty and always name another one, each by a token that was not there before.
import { randomUUID } from 'node:crypto'
import type { Call, Reply } from './call.ts'
import { json } from './call.ts'

/** An empty page of what was asked for, in the form of its service; ARM's where that is not storage. */
export function endlessPage(call: Call): Reply {
  const token = randomUUID()
  if (call.service !== 'storage') {
    const next = new URLSearchParams([...call.query, ['$skipToken', token]])
    return json(200, { value: [], nextLink: `https://${call.hostName}${call.path}?${String(next)}` })
  }
  const listed = listedIn(call)
  if (listed !== undefined) {
    const empty = `<EnumerationResults ServiceEndpoint="http://${call.hostName}/">${listed}`
    const body = `<?xml version="1.0" encoding="utf-8"?>${empty}<NextMarker>${token}</NextMarker></EnumerationResults>`
    return { status: 200, headers: { 'content-type': 'application/xml' }, body }
  }
  const name = 'x-ms-continuation-next'
  const headers = /\/Tables(?:\(\))?$/i.test(call.path)
    ? { [`${name}tablename`]: token }
    : { [`${name}partitionkey`]: token, [`${name}rowkey`]: token }
  return json(200, { value: [] }, headers)
}

/** What a list of the blob or queue service holds (learn.microsoft.com/rest/api/storageservices). */
function listedIn({ query }: Call): string | undefined {
  if (query.get('comp') !== 'list') return undefined
  // Accounts are listed alike by both services, and each client reads its own element.
  return query.get('restype') === 'container' ? '<Blobs />' : '<Containers /><Queues />'
}
