import { failure, xml, type Answer } from './answer.ts'

/** Messages by queue: how many there are, and how many of these a peek shows. */
export type Queues = ReadonlyMap<string, { readonly messages: number; readonly visible: number }>

/** The queues of a hub of four partitions, all empty (names: DT AzureStorageOrchestrationService.cs:201-221). */
export function hubQueues(hub: string): Queues {
  const names = [...[0, 1, 2, 3].map((number) => `control-0${number}`), 'workitems']
  return new Map(names.map((name) => [`${hub.toLowerCase()}-${name}`, { messages: 0, visible: 0 }]))
}

/** GET of the Queue service: List Queues, Get Queue Metadata and Peek Messages. */
export function answerQueue(queues: Queues, account: string, url: URL): Answer {
  const path = decodeURIComponent(url.pathname.slice(account.length + 2))
  const search = url.searchParams
  if (path === '') return listQueues(queues, `${url.origin}/${account}`, search.get('prefix') ?? '')
  const [name, inside] = path.split('/')
  const queue = queues.get(name ?? '')
  if (!queue) return failure('queue', 404, 'QueueNotFound', 'The specified queue does not exist.')
  if (search.get('comp') === 'metadata') {
    return { status: 200, headers: { 'x-ms-approximate-messages-count': String(queue.messages) }, body: '' }
  }
  if (inside === 'messages' && search.get('peekonly') === 'true') {
    return peek(name ?? '', Math.min(queue.visible, Number(search.get('numofmessages') ?? 1)))
  }
  return failure('queue', 400, 'UnsupportedQueryParameter', 'Nothing else is asked of a queue here.')
}

function listQueues(queues: Queues, base: string, prefix: string): Answer {
  const names = [...queues.keys()].filter((name) => name.startsWith(prefix)).sort()
  const list = names.map((name) => `<Queue><Name>${name}</Name></Queue>`).join('')
  return xml(
    200,
    `<EnumerationResults ServiceEndpoint="${base}"><Prefix>${prefix}</Prefix><Queues>${list}</Queues><NextMarker /></EnumerationResults>`,
  )
}

function peek(queue: string, count: number): Answer {
  const [inserted, expires] = ['Sat, 21 Nov 2026 10:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT']
  const messages = Array.from(
    { length: count },
    (_, at) =>
      `<QueueMessage><MessageId>${queue}-${at}</MessageId><InsertionTime>${inserted}</InsertionTime><ExpirationTime>${expires}</ExpirationTime><DequeueCount>0</DequeueCount><MessageText>e30=</MessageText></QueueMessage>`,
  )
  return xml(200, `<QueueMessagesList>${messages.join('')}</QueueMessagesList>`)
}
