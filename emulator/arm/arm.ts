// Azure Resource Manager for Microsoft.Web/sites: who asks, what is asked, and Azure's answer.
import { randomUUID } from 'node:crypto'
import type { FunctionApp } from '../function-app/function-app.ts'
import { PlatformError } from '../function-app/operation.ts'
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'
import type { Caller } from './authorize.ts'
import { authenticate, forbidden, may, sees } from './authorize.ts'
import type { ArmOptions } from './context.ts'
import { armError, resourceNotFound, webError } from './errors.ts'
import { siteId, siteView } from './resources.ts'
import { routes } from './routes.ts'

const resource =
  /^\/+subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/Microsoft\.Web\/sites(?:\/([^/]+)(?:\/slots\/([^/]+))?(?:\/(.+))?)?\/?$/i

type Address = {
  readonly subscription: string
  readonly group: string | undefined
  readonly site: string | undefined
  readonly slot: string | undefined
  readonly rest: string
}

/** Answers one request; every answer carries ARM's request ids. */
export async function answerArm(call: Call, options: ArmOptions): Promise<Reply> {
  const id = randomUUID()
  const reply = await answer(call, options).catch((error: unknown) => {
    if (error instanceof PlatformError) return webError(error)
    throw error
  })
  return {
    ...reply,
    headers: {
      'cache-control': 'no-cache',
      'x-ms-request-id': id,
      'x-ms-correlation-request-id': id,
      ...reply.headers,
    },
  }
}

async function answer(call: Call, options: ArmOptions): Promise<Reply> {
  const caller = authenticate(call, options)
  if ('status' in caller) return caller
  const version = call.query.get('api-version')
  if (version === null)
    return armError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version)) {
    return armError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`)
  }
  const address = parse(call.path)
  if (address === undefined)
    return armError(
      404,
      'NotFound',
      `No HTTP resource was found that matches the request URI 'https://${call.hostName}${call.path}'.`,
    )
  if (address.subscription.toLowerCase() !== options.place.subscriptionId.toLowerCase()) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${address.subscription}' could not be found.`)
  }
  return address.site === undefined
    ? listSites(call, caller, address, options)
    : answerSite(call, caller, address, options)
}

function parse(path: string): Address | undefined {
  const match = resource.exec(path)
  if (match === null) return undefined
  const [subscription, group, site, slot, rest] = match
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? part : decode(part)))
  return { subscription: subscription ?? '', group, site, slot, rest: rest ?? '' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Shows what the caller may read, a page at a time; refused when it may read nothing there. */
function listSites(call: Call, caller: Caller, { group }: Address, options: ArmOptions): Reply {
  if (call.method !== 'GET') return methodNotAllowed(call)
  const { place } = options
  const scope = `/subscriptions/${place.subscriptionId}${group === undefined ? '' : `/resourceGroups/${group}`}`
  if (!sees(caller, scope)) return forbidden(caller, 'Microsoft.Web/sites/read', scope)
  const inGroup = options.apps.filter(
    (app) => group === undefined || app.resourceGroup.toLowerCase() === group.toLowerCase(),
  )
  if (group !== undefined && inGroup.length === 0)
    return armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
  const visible = inGroup.filter((app) => may(caller, 'Microsoft.Web/sites/read', siteId(app, place)))
  const start = Number(call.query.get('$skiptoken') ?? 0)
  const size = options.pageSize() ?? visible.length
  const value = visible.slice(start, start + size).map((app) => siteView(app, app.slot(), place))
  const query = new URLSearchParams({
    'api-version': call.query.get('api-version') ?? '',
    $skiptoken: String(start + size),
  })
  const more = start + size < visible.length
  return json(200, { value, nextLink: more ? `https://${call.hostName}${call.path}?${query.toString()}` : null })
}

async function answerSite(call: Call, caller: Caller, address: Address, options: ArmOptions): Promise<Reply> {
  const { group, site = '', slot: slotName } = address
  if (group === undefined) return methodNotAllowed(call)
  const type = `Microsoft.Web/sites${slotName === undefined ? '' : '/slots'}`
  const scope = `/subscriptions/${options.place.subscriptionId}/resourceGroups/${group}/providers/Microsoft.Web/sites/${site}${slotName === undefined ? '' : `/slots/${slotName}`}`
  const found = routes
    .filter((route) => route.method === call.method && (route.siteOnly !== true || slotName === undefined))
    .map((route) => ({ route, match: route.path.exec(address.rest) }))
    .find(({ match }) => match !== null)
  if (found === undefined)
    return armError(
      404,
      'NotFound',
      `No HTTP resource was found that matches the request URI 'https://${call.hostName}${call.path}'.`,
    )
  const { route, match } = found
  // Permission first: who may not look must not learn what exists.
  const action = `${type}/${route.action}`
  if (!may(caller, action, scope)) return forbidden(caller, action, scope)
  const app = findApp(options.apps, group, site)
  if (app === 'noGroup') return armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
  const slot = app === 'noSite' ? undefined : app.find(slotName ?? 'production')
  if (app === 'noSite' || slot === undefined || slotName?.toLowerCase() === 'production') {
    return resourceNotFound(`Microsoft.Web/sites/${site}${slotName === undefined ? '' : `/slots/${slotName}`}`, group)
  }
  if (route.changes === true) app.requireFree()
  return route.handle({ call, app, slot, rest: match?.[1] ?? '', options })
}

function findApp(apps: readonly FunctionApp[], group: string, site: string): FunctionApp | 'noGroup' | 'noSite' {
  const inGroup = apps.filter((app) => app.resourceGroup.toLowerCase() === group.toLowerCase())
  if (inGroup.length === 0) return 'noGroup'
  return inGroup.find((app) => app.name.toLowerCase() === site.toLowerCase()) ?? 'noSite'
}

function methodNotAllowed(call: Call): Reply {
  return armError(405, 'MethodNotAllowed', `The http method '${call.method}' is not supported here.`)
}
