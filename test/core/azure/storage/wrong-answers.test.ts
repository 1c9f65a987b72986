import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { AzureFailure, Cancelled } from '../../../../core/failures.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import type { HubPart } from '../../../../core/task-hub/ports.ts'
import { fillHub } from '../../../../emulator/durable/fill.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { startStorageFront, type Seen, type StorageFront } from '../../../support/storage-front.ts'

const hub = 'Orders' as HubName
const signal = new AbortController().signal

describe('storage that answers wrongly', () => {
  let azurite: Azurite
  let front: StorageFront
  before(async function () {
    this.timeout(20_000)
    azurite = await startAzurite()
    front = await startStorageFront(azurite.connectionString)
    await fillHub(azurite.connectionString, hub)
  })
  beforeEach(() => {
    front.intercept(undefined)
    front.requests.length = 0
  })
  after(async () => {
    await front.stop()
    await azurite.stop()
  })

  const secrets: string[] = []
  const open = (clock = new FakeClock()) => {
    const reference = referenceFromConnectionString(front.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    return openTaskHubs(reference, { transport, clock, onSecret: (text) => secrets.push(text) })
  }
  const look = (clock?: FakeClock) => open(clock).look(hub, strictPolicy, signal)

  const html = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>'
  const send = (response: ServerResponse, status: number, body: string, headers: Record<string, string>) => {
    response.writeHead(status, headers).end(body)
    return true
  }
  const page = (response: ServerResponse, type = 'text/html', status = 200) =>
    send(response, status, html, { 'content-type': type })
  const rows = (response: ServerResponse, value: unknown[], headers: Record<string, string> = {}) =>
    send(response, 200, JSON.stringify({ value }), {
      'content-type': 'application/json;odata=minimalmetadata',
      ...headers,
    })
  const xmlError = (response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}) =>
    send(response, status, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`, {
      'content-type': 'application/xml',
      'x-ms-error-code': code,
      ...headers,
    })
  const isInstances = ({ url }: Seen) => url.includes('OrdersInstances')
  const isList = ({ service, url }: Seen) => service === 'queue' && url.includes('comp=list')
  const isCount = ({ service, url }: Seen) => service === 'queue' && url.includes('comp=metadata')

  it('is no hindrance as long as it does not', async () => {
    const evidence = await look()
    assert.equal(evidence.verdict, 'idle', evidence.because)
    assert.ok(secrets.some((secret) => /^[A-Za-z0-9+/]+==$/.test(secret)))
    assert.ok(secrets.includes(front.connectionString))
  })

  const unknowns: readonly [string, (seen: Seen, response: ServerResponse) => boolean][] = [
    ['an HTML page for the rows', (seen, response) => isInstances(seen) && page(response)],
    ['an HTML page that says it is JSON', (seen, response) => isInstances(seen) && page(response, 'application/json')],
    [
      'JSON without a list',
      (seen, response) => isInstances(seen) && send(response, 200, '{}', { 'content-type': 'application/json' }),
    ],
    [
      'a row without PartitionKey',
      (seen, response) => isInstances(seen) && rows(response, [{ RuntimeStatus: 'Running' }]),
    ],
    [
      'half a continuation token',
      (seen, response) => isInstances(seen) && rows(response, [], { 'x-ms-continuation-NextRowKey': 'r' }),
    ],
    ['an HTML page at 404 for the rows', (seen, response) => isInstances(seen) && page(response, 'text/html', 404)],
    ['a 404 of somebody else', (seen, response) => isInstances(seen) && send(response, 404, '', {})],
    [
      'a redirect to a sign-in page',
      (seen, response) => isInstances(seen) && send(response, 302, '', { location: '/login' }),
    ],
    ['an HTML page for the queues', (seen, response) => isList(seen) && page(response)],
    ['an HTML page that says it is XML', (seen, response) => isList(seen) && page(response, 'application/xml')],
    [
      'XML cut short',
      (seen, response) =>
        isList(seen) && send(response, 200, '<EnumerationResults><Queues>', { 'content-type': 'application/xml' }),
    ],
    [
      'an empty body for the queues',
      (seen, response) => isList(seen) && send(response, 200, '', { 'content-type': 'application/xml' }),
    ],
    ['an HTML page for a message count', (seen, response) => isCount(seen) && page(response)],
    [
      'a message count that is no number',
      (seen, response) => isCount(seen) && send(response, 200, '', { 'x-ms-approximate-messages-count': 'many' }),
    ],
  ]
  for (const [what, act] of unknowns) {
    it(`makes the verdict unknown: ${what}`, async () => {
      front.intercept(act)
      const evidence = await look()
      assert.equal(evidence.verdict, 'unknown', evidence.because)
      assert.match(evidence.because, /^could not /)
      assert.doesNotMatch(evidence.because, /AccountKey|<html|undefined/)
    })
  }

  it('makes the verdict unknown at once when a continuation token repeats', async () => {
    front.intercept((seen, response) => {
      const next = { 'x-ms-continuation-NextPartitionKey': 'p', 'x-ms-continuation-NextRowKey': 'r' }
      return isInstances(seen) && rows(response, [], next)
    })
    const evidence = await look()
    assert.equal(evidence.verdict, 'unknown')
    assert.match(evidence.because, /repeats/)
    assert.equal(front.requests.filter(isInstances).length, 2)
  })

  it('is followed over an empty page to the row behind it', async () => {
    front.intercept((seen, response) => {
      if (!isInstances(seen)) return false
      if (!seen.url.includes('NextPartitionKey')) {
        return rows(response, [], { 'x-ms-continuation-NextPartitionKey': 'p', 'x-ms-continuation-NextRowKey': 'r' })
      }
      return rows(response, [{ PartitionKey: 'late', RowKey: '', Name: 'ProcessOrder', RuntimeStatus: 'Running' }])
    })
    const evidence = await look()
    assert.equal(evidence.verdict, 'busy')
    assert.equal(evidence.oldest?.instanceId, 'late')
  })

  it('is followed over an empty page of queues', async () => {
    const list = (queues: string, marker: string) =>
      `<?xml version="1.0"?><EnumerationResults><Queues>${queues}</Queues><NextMarker>${marker}</NextMarker></EnumerationResults>`
    front.intercept((seen, response) => {
      if (isCount(seen)) return send(response, 200, '', { 'x-ms-approximate-messages-count': '2' })
      if (!isList(seen)) return false
      const body = seen.url.includes('marker=')
        ? list('<Queue><Name>orders-workitems</Name></Queue>', '')
        : list('', 'more')
      return send(response, 200, body, { 'content-type': 'application/xml' })
    })
    assert.match((await look()).because, /^2 activities/)
  })

  it('is busy when a hidden message is there and what would explain it may not be read', async () => {
    const seed = await fillHub(azurite.connectionString, 'Hidden')
    await seed.controlMessage({ invisibleSeconds: 600 })
    front.intercept((seen, response) => /History/.test(seen.url) && xmlError(response, 403, 'AuthorizationFailure'))
    const evidence = await open().look('Hidden' as HubName, strictPolicy, signal)
    assert.equal(evidence.verdict, 'busy')
    assert.match(evidence.because, /1 message in control queues being processed or due later/)
  })

  it('names the key when it is denied', async () => {
    front.intercept((seen, response) => isList(seen) && xmlError(response, 403, 'AuthenticationFailed'))
    const evidence = await look()
    assert.equal(evidence.verdict, 'unknown')
    assert.match(evidence.because, /403, AuthenticationFailed\. The account key/)
  })

  it('is asked again after the pause that it wants', async () => {
    const clock = new FakeClock()
    let refusals = 2
    front.intercept(
      (seen, response) =>
        isInstances(seen) && refusals-- > 0 && xmlError(response, 429, 'TooManyRequests', { 'retry-after': '7' }),
    )
    assert.equal((await look(clock)).verdict, 'idle')
    assert.deepEqual(clock.slept, [7000, 7000])
  })

  it('is not waited for longer than a minute', async () => {
    const clock = new FakeClock()
    front.intercept(
      (seen, response) => isInstances(seen) && xmlError(response, 503, 'ServerBusy', { 'retry-after': '3600' }),
    )
    assert.equal((await look(clock)).verdict, 'unknown')
    assert.deepEqual(clock.slept, [])
  })

  it('is given up after six failures', async () => {
    front.intercept((seen, response) => {
      if (isInstances(seen)) response.destroy()
      return isInstances(seen)
    })
    const evidence = await look()
    assert.match(evidence.because, /cannot be reached/)
    assert.equal(front.requests.filter(isInstances).length, 6)
  })

  describe('in a list', () => {
    const listing = (of: string, items: string, marker = '') =>
      `<?xml version="1.0"?><EnumerationResults><${of}>${items}</${of}><NextMarker>${marker}</NextMarker></EnumerationResults>`
    const xml = (response: ServerResponse, body: string) =>
      send(response, 200, body, { 'content-type': 'application/xml' })
    const isQueueList = (seen: Seen) => seen.service === 'queue' && seen.url.includes('comp=list')
    const isContainerList = (seen: Seen) => seen.service === 'blob' && /\?comp=list/.test(seen.url)
    const isTableList = (seen: Seen) => seen.service === 'table' && /\/Tables(\?|$)/.test(seen.url)
    const unreadable = (error: unknown) => error instanceof AzureFailure && error.kind === 'unreadable'

    for (const [how, name] of [
      ['no', ''],
      ['an empty', '<Name/>'],
      ['a nested', '<Name><Of>orders-control-00</Of></Name>'],
      ['more than one', '<Name>orders-control-00</Name><Name>orders-control-01</Name>'],
    ]) {
      it(`takes ${how} name of a queue for no answer`, async () => {
        front.intercept(
          (seen, response) => isQueueList(seen) && xml(response, listing('Queues', `<Queue>${name ?? ''}</Queue>`)),
        )
        await assert.rejects(open().parts(hub, signal), unreadable)
      })
    }

    it('takes a table without a name for no answer, and not for one that is gone', async () => {
      front.intercept((seen, response) => isTableList(seen) && rows(response, [{ Name: 'OrdersInstances' }]))
      await assert.rejects(open().parts(hub, signal), unreadable)
    })

    it('takes a list that names one of them twice for no answer', async () => {
      const table = { TableName: 'OrdersInstances' }
      front.intercept((seen, response) => isTableList(seen) && rows(response, [table, table]))
      await assert.rejects(open().parts(hub, signal), /the same name twice/)

      const queue = '<Queue><Name>orders-control-00</Name></Queue>'
      let asked = 0
      front.intercept(
        (seen, response) => isQueueList(seen) && xml(response, listing('Queues', queue, asked++ === 0 ? 'page2' : '')),
      )
      await assert.rejects(open().parts(hub, signal), /the same name twice/)

      const container = '<Container><Name>orders-leases</Name><Properties/></Container>'
      front.intercept(
        (seen, response) => isContainerList(seen) && xml(response, listing('Containers', container + container)),
      )
      await assert.rejects(open().parts(hub, signal), /the same name twice/)
    })

    it('takes a lease state that there is not for no answer, and not for a free lease', async () => {
      const container =
        '<Container><Name>orders-applease</Name><Properties><LeaseState>held</LeaseState></Properties></Container>'
      front.intercept((seen, response) => isContainerList(seen) && xml(response, listing('Containers', container)))
      await assert.rejects(open().liveLeases(hub, signal), unreadable)
    })

    it('gives up one that names a next page for ever', async function () {
      this.timeout(120_000)
      let asked = 0
      front.intercept(
        (seen, response) => isQueueList(seen) && xml(response, listing('Queues', '', `page${String(asked++)}`)),
      )
      await assert.rejects(open().parts(hub, signal), /has no end after 200 pages/)
      assert.equal(asked, 201)
    })

    it('gives up rows that begin anew', async () => {
      let asked = 0
      const again = [{ PartitionKey: 'a', RowKey: '', LastUpdatedTime: '2024-01-01T00:00:00Z' }]
      front.intercept((seen, response) => {
        if (!isInstances(seen)) return false
        const token = `page${String(asked++)}`
        return rows(response, again, {
          'x-ms-continuation-NextPartitionKey': token,
          'x-ms-continuation-NextRowKey': token,
        })
      })
      await assert.rejects(open().lastActivity(hub, signal), /do not come in the order of their keys/)
      assert.equal(asked, 2)
    })

    it('takes an owner of a partition that is no text for no answer, and not for none', async () => {
      const isPartitions = (seen: Seen) => seen.service === 'table' && seen.url.includes('OrdersPartitions')
      const row = { PartitionKey: '', RowKey: 'orders-control-00', CurrentOwner: 7, ExpiresAt: '2999-01-01T00:00:00Z' }
      front.intercept((seen, response) => isPartitions(seen) && rows(response, [row]))
      await assert.rejects(open().liveLeases(hub, signal), unreadable)
    })
  })

  it('does not hold up a cancel', async () => {
    const cancel = new AbortController()
    front.intercept((seen) => {
      if (isInstances(seen)) setImmediate(() => cancel.abort())
      return isInstances(seen)
    })
    await assert.rejects(open().look(hub, strictPolicy, cancel.signal), Cancelled)
  })

  describe('at a delete', () => {
    const queue: HubPart = { kind: 'queue', name: 'orders-control-00' }
    const table: HubPart = { kind: 'table', name: 'OrdersHistory' }
    const container: HubPart = { kind: 'container', name: 'orders-leases' }
    const isDelete = ({ method }: Seen) => method === 'DELETE'
    const remove = (part: HubPart) => open().deletePart(hub, part, signal)

    for (const [part, code] of [
      [queue, 'QueueBeingDeleted'],
      [table, 'TableBeingDeleted'],
      [container, 'ContainerBeingDeleted'],
    ] as const) {
      it(`says that a ${part.kind} is being deleted`, async () => {
        front.intercept((seen, response) => isDelete(seen) && xmlError(response, 409, code))
        assert.equal(await remove(part), 'beingDeleted')
      })
    }

    it('does not take a 404 of somebody else for gone', async () => {
      for (const part of [queue, table, container]) {
        front.intercept((seen, response) => isDelete(seen) && page(response, 'text/html', 404))
        await assert.rejects(remove(part), (error) => error instanceof AzureFailure && error.kind === 'unreadable')
      }
    })

    it('does not take an HTML page for done', async () => {
      for (const part of [queue, table, container]) {
        front.intercept((seen, response) => isDelete(seen) && page(response))
        await assert.rejects(
          remove(part),
          (error) => error instanceof AzureFailure && error.kind === 'unreadable' && error.mayHaveHappened,
        )
      }
    })

    it('is sent once when the reply is lost, and says that it may have happened', async () => {
      for (const part of [queue, table, container]) {
        front.requests.length = 0
        front.intercept((seen, response) => {
          if (isDelete(seen)) response.destroy()
          return isDelete(seen)
        })
        await assert.rejects(remove(part), (error) => error instanceof AzureFailure && error.mayHaveHappened)
        assert.equal(front.requests.filter(isDelete).length, 1)
      }
    })
  })

  it('does not make leases look free', async () => {
    front.intercept((seen, response) => seen.service === 'blob' && page(response))
    await assert.rejects(open().liveLeases(hub, signal), (error) => error instanceof AzureFailure)
    await assert.rejects(open().parts(hub, signal), (error) => error instanceof AzureFailure)
    await assert.rejects(open().lastActivity(hub, signal), (error) => error instanceof AzureFailure)
  })
})
