import { failure, xml, type Answer } from './answer.ts'

/** GET of the Blob service: the hub's leases container with `taskhub.json` (DT TaskHubInfo.cs:18-30). */
export function answerBlob(hub: string, account: string, url: URL): Answer {
  const path = decodeURIComponent(url.pathname.slice(account.length + 2))
  const base = `${url.origin}/${account}`
  const container = `${hub.toLowerCase()}-leases`
  const search = url.searchParams
  if (path === '' && search.get('comp') === 'list') {
    const listed = container.startsWith(search.get('prefix') ?? '')
    const list = listed ? `<Container><Name>${container}</Name>${properties}</Container>` : ''
    return listing(`ServiceEndpoint="${base}"`, `<Containers>${list}</Containers>`)
  }
  const [name, ...rest] = path.split('/')
  if (name !== container) return failure('blob', 404, 'ContainerNotFound', 'The specified container does not exist.')
  if (search.get('comp') === 'list') return listing(`ServiceEndpoint="${base}" ContainerName="${name}"`, '<Blobs />')
  if (rest.join('/') !== 'taskhub.json')
    return failure('blob', 404, 'BlobNotFound', 'The specified blob does not exist.')
  const body = JSON.stringify({ TaskHubName: hub, CreatedAt: '2026-08-01T00:00:00Z', PartitionCount: 4 })
  const headers = { 'content-type': 'application/json', etag: '"0x8DD0"', 'x-ms-blob-type': 'BlockBlob' }
  return { status: 200, headers: { ...headers, 'last-modified': changed }, body }
}

const changed = 'Sat, 01 Aug 2026 00:00:00 GMT'
const properties = `<Properties><Last-Modified>${changed}</Last-Modified><Etag>"0x8DD0"</Etag><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties>`

function listing(attributes: string, list: string): Answer {
  return xml(200, `<EnumerationResults ${attributes}>${list}<NextMarker /></EnumerationResults>`)
}
