import type { DurableClient, Status } from '../durable/client.ts'
import { listInstances } from '../durable/list-instances.ts'
import { entityIdOf, parseEntityId } from '../durable/names.ts'
import { parse } from '../durable/payload.ts'
import { dateOf, numberOf } from './durable-query.ts'
import { empty, json, notFound } from './respond.ts'
import type { HostRequest, HostResponse } from './types.ts'

const continuation = 'x-ms-continuation-token'

/** `/entities/{name?}/{key?}`: list, state of one, signal (EXT HttpApiHandler.cs:520-560). */
export async function handleEntities(
  client: DurableClient,
  request: HostRequest,
  [name, key]: string[],
): Promise<HostResponse> {
  if (request.method === 'GET') {
    return name === undefined || key === undefined ? list(client, request, name) : get(client, entityIdOf(name, key))
  }
  if (request.method !== 'POST' || name === undefined || key === undefined) return notFound
  await client.signalEntity(entityIdOf(name, key), request.query.get('op') ?? '', parse(request.body.toString('utf8')))
  return empty(202)
}

async function get(client: DurableClient, entityId: string): Promise<HostResponse> {
  const status = await client.getStatus(entityId)
  const state = status && stateOf(status)
  return state === undefined ? notFound : json(200, parse(state))
}

/** An entity's state is the input of its present execution. */
function stateOf(status: Status): string | undefined {
  return (status.input as { state?: string } | undefined)?.state
}

async function list(client: DurableClient, request: HostRequest, name: string | undefined): Promise<HostResponse> {
  const { items, continuationToken } = await listInstances(client, {
    runtimeStatus: [],
    instanceIdPrefix: name === undefined ? '@' : `@${name.toLowerCase()}@`,
    top: numberOf(request.query.get('top')) ?? 100,
    continuationToken: request.headers[continuation],
  })
  const from = dateOf(request.query.get('lastOperationTimeFrom'))
  const to = dateOf(request.query.get('lastOperationTimeTo'))
  const fetchState = request.query.get('fetchState')?.toLowerCase() === 'true'
  const entities = items.flatMap((status) => {
    const entityId = parseEntityId(status.instanceId)
    const isIn = (!from || status.lastUpdatedTime >= from) && (!to || status.lastUpdatedTime <= to)
    if (!entityId || !isIn || stateOf(status) === undefined) return []
    const state = fetchState ? { state: parse(stateOf(status)) } : {}
    return [{ entityId, lastOperationTime: status.lastUpdatedTime.toISOString(), ...state }]
  })
  return json(200, entities, continuationToken === undefined ? {} : { [continuation]: continuationToken })
}
