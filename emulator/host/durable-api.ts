import { isTerminal } from '../durable/events.ts'
import type { DurableClient, Status } from '../durable/client.ts'
import { listInstances } from '../durable/list-instances.ts'
import { parse } from '../durable/payload.ts'
import { handleEntities } from './durable-entities.ts'
import { listConditionOf } from './durable-query.ts'
import { empty, json, notFound } from './respond.ts'
import type { HostRequest, HostResponse } from './types.ts'

export const durableBase = '/runtime/webhooks/durabletask'

export type DurableApi = {
  /** A client for any hub and connection that a caller names: nothing is validated (EXT HttpApiHandler.cs:1094-1122). */
  client(taskHub: string | undefined, connection: string | undefined): DurableClient
  hasOrchestrator(name: string): boolean
  readonly hostName: string
  readonly systemKey: string
  readonly connectionName: string
}

const continuation = 'x-ms-continuation-token'

/** The HTTP management API (EXT HttpApiHandler.cs): bad arguments are 400, whatever else goes wrong 500. */
export async function handleDurable(api: DurableApi, request: HostRequest): Promise<HostResponse> {
  try {
    const segments = request.path.slice(durableBase.length).split('/').filter(Boolean).map(decodeURIComponent)
    const { query } = request
    const client = api.client(query.get('taskHub') ?? undefined, query.get('connection') ?? undefined)
    const [area, ...rest] = segments
    if (area === 'instances') return await handleInstances(client, request, rest)
    if (area === 'orchestrators' && request.method === 'POST') return await start(api, client, { request, rest })
    if (area === 'entities') return await handleEntities(client, request, rest)
    if (area === 'makeprimary' && request.method === 'POST') return empty(200)
    return notFound
  } catch (error) {
    const isArgument = error instanceof RangeError || error instanceof URIError
    const Message = isArgument
      ? 'One or more of the arguments submitted is incorrect'
      : 'Something went wrong while processing your request'
    return json(isArgument ? 400 : 500, { Message, ExceptionMessage: error instanceof Error ? error.message : '' })
  }
}

async function handleInstances(client: DurableClient, request: HostRequest, rest: string[]): Promise<HostResponse> {
  const [instanceId, operation, eventName] = rest
  if (instanceId === undefined) {
    if (request.method === 'GET') return list(client, request)
    return request.method === 'DELETE' ? purgeMany(client, request) : notFound
  }
  if (operation === undefined) {
    if (request.method === 'GET') return getInstance(client, request, instanceId)
    return request.method === 'DELETE' ? purgeOne(client, instanceId) : notFound
  }
  return request.method === 'POST' ? operate(client, request, { instanceId, operation, eventName }) : notFound
}

async function list(client: DurableClient, request: HostRequest): Promise<HostResponse> {
  const condition = listConditionOf(request.query, request.headers[continuation])
  const { items, continuationToken } = await listInstances(client, condition)
  const showInput = request.query.get('showInput')?.toLowerCase() !== 'false'
  const headers: Record<string, string> = continuationToken === undefined ? {} : { [continuation]: continuationToken }
  return json(
    200,
    items.map((status) => itemOf(status, showInput)),
    headers,
  )
}

/** The fields of StatusResponsePayload (EXT HttpApiHandler.cs:703-717): no version, no execution id. */
function itemOf(status: Status, showInput: boolean): Record<string, unknown> {
  const { name, instanceId, runtimeStatus, customStatus, output } = status
  return {
    name,
    instanceId,
    runtimeStatus,
    input: showInput ? (status.input ?? null) : null,
    customStatus,
    output,
    createdTime: secondsOf(status.createdTime),
    lastUpdatedTime: secondsOf(status.lastUpdatedTime),
  }
}

function secondsOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

async function getInstance(client: DurableClient, request: HostRequest, instanceId: string): Promise<HostResponse> {
  const status = await client.getStatus(instanceId)
  if (!status) return notFound
  const body = itemOf(status, request.query.get('showInput')?.toLowerCase() !== 'false')
  if (status.runtimeStatus === 'Unknown') return json(500, body)
  if (isTerminal(status.runtimeStatus)) {
    const asError = request.query.get('returnInternalServerErrorOnFailure')?.toLowerCase() === 'true'
    return json(status.runtimeStatus === 'Failed' && asError ? 500 : 200, body)
  }
  const query = request.query.toString()
  const location = `https://${request.headers['host'] ?? ''}${request.path}${query === '' ? '' : `?${query}`}`
  return json(202, body, { location, 'retry-after': '5' })
}

/** Newer extensions keep what has not ended (EXTnew HttpApiHandler.cs: 412). */
async function purgeOne(client: DurableClient, instanceId: string): Promise<HostResponse> {
  const status = await client.getStatus(instanceId)
  if (!status) return notFound
  if (!isTerminal(status.runtimeStatus)) return empty(412)
  await client.purge(instanceId)
  return json(200, { instancesDeleted: 1 })
}

async function purgeMany(client: DurableClient, request: HostRequest): Promise<HostResponse> {
  const condition = listConditionOf(request.query, undefined)
  if (!condition.createdTimeFrom) return json(400, "Please provide value for 'createdTimeFrom' parameter.")
  let continuationToken: string | undefined
  let instancesDeleted = 0
  do {
    const page = await listInstances(client, { ...condition, top: 1000, continuationToken })
    for (const { instanceId, runtimeStatus } of page.items) {
      if (isTerminal(runtimeStatus) && (await client.purge(instanceId))) instancesDeleted += 1
    }
    continuationToken = page.continuationToken
  } while (continuationToken !== undefined)
  return instancesDeleted === 0 ? notFound : json(200, { instancesDeleted })
}

type Operation = { readonly instanceId: string; readonly operation: string; readonly eventName: string | undefined }

async function operate(
  client: DurableClient,
  request: HostRequest,
  { instanceId, operation, eventName }: Operation,
): Promise<HostResponse> {
  const reason = request.query.get('reason') ?? undefined
  const verbs: Record<string, (() => Promise<void>) | undefined> = {
    terminate: () => client.terminate(instanceId, reason),
    suspend: () => client.suspend(instanceId, reason),
    resume: () => client.resume(instanceId, reason),
    raiseevent: eventName === undefined ? undefined : () => client.raiseEvent(instanceId, eventName, bodyOf(request)),
  }
  const act = verbs[operation.toLowerCase()]
  if (!act) return notFound
  const status = await client.getStatus(instanceId)
  if (!status) return notFound
  if (isTerminal(status.runtimeStatus)) return empty(410)
  const isJson = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/json'
  if (eventName !== undefined && !isJson) return json(400, 'Only application/json request content is supported')
  await act()
  return empty(202)
}

function bodyOf(request: HostRequest): unknown {
  return parse(request.body.toString('utf8'))
}

async function start(
  api: DurableApi,
  client: DurableClient,
  { request, rest }: { request: HostRequest; rest: string[] },
): Promise<HostResponse> {
  const [name, id] = rest
  if (name === undefined) return notFound
  if (!api.hasOrchestrator(name)) {
    throw new RangeError(`The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`)
  }
  const version = request.query.get('version')
  const instanceId = await client.startNew(name, bodyOf(request), id, version === null ? {} : { version })
  const links = linksOf(api, client.hub.names.hub, instanceId)
  return json(202, links, { location: links.statusQueryGetUri, 'retry-after': '10' })
}

/** Status addresses name hub and connection, which is why an old one reaches its hub after a swap. */
function linksOf(api: DurableApi, hub: string, id: string) {
  const query = `taskHub=${hub}&connection=${api.connectionName}&code=${api.systemKey}`
  const base = `https://${api.hostName}${durableBase}/instances/${encodeURIComponent(id)}`
  return {
    id,
    statusQueryGetUri: `${base}?${query}`,
    sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${base}/terminate?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${base}?${query}`,
    suspendPostUri: `${base}/suspend?reason={text}&${query}`,
    resumePostUri: `${base}/resume?reason={text}&${query}`,
  }
}
