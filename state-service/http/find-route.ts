import type { ApiReply } from './api.ts'
import { appName, slotName } from './names.ts'
import { problemReply } from './problem.ts'
import type { Given, Route } from './routes.ts'
import { routes } from './routes.ts'
import type { Segment } from './target.ts'

export type Found = { readonly route: Route; readonly names: Given['names']; readonly problems: readonly string[] }

const rules = { app: appName, slot: slotName }

/** The route of a path and method, with the names in the path and what is wrong with them; or the reply where there is none. */
export function findRoute(method: string, segments: readonly Segment[]): Found | { readonly none: ApiReply } {
  const here = routes.filter(
    ({ path }) => path.length === segments.length && path.every((part, at) => fits(part, segments[at])),
  )
  const route = here.find((each) => each.method === method)
  if (route) return { route, ...namesIn(route, segments) }
  if (here.length === 0) return { none: problemReply({ code: 'noRoute', detail: 'The API has no such address.' }) }
  const allow = here.map((each) => each.method).join(', ')
  return { none: problemReply({ code: 'badMethod', detail: `The address takes ${allow}.`, headers: { allow } }) }
}

/** What is no name is compared as it was sent: one address has one spelling. */
function fits(part: string, segment: Segment | undefined): boolean {
  if (segment === undefined) return false
  return part.startsWith('{') ? segment.raw !== '' : segment.raw === part
}

function namesIn({ path }: Route, segments: readonly Segment[]): Omit<Found, 'route'> {
  const names = { app: '', slot: '' }
  const problems: string[] = []
  for (const name of ['app', 'slot'] as const) {
    const text = segments[path.indexOf(`{${name}}`)]?.text
    if (text === undefined) continue
    if (!rules[name].fits(text)) problems.push(`The ${name} in the path is not right. Give ${rules[name].rule}.`)
    names[name] = text.toLowerCase()
  }
  return { names, problems }
}
