import type { Call, Reply } from '../../../../emulator/http/call.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Shape } from './answer-shape.ts'
import type { Malformed } from './malform.ts'

type Turn = { readonly asked: number; readonly random: Seeded }

// A thousand pages take their time: few cases have them.
const ways = [
  ...Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? 'itself' : 'in a circle')),
  'new each time',
] as const

/** A list that never ends: its page names itself as the next, goes round in a circle, or has a next one for ever. */
export function endless(reply: Reply, call: Call, shape: Shape, { asked, random }: Turn): Malformed | undefined {
  const way = random.pick(ways)
  const token = way === 'itself' ? '1' : way === 'in a circle' ? String(asked % 3) : String(asked)
  const what = `a next page: ${way}`
  if (shape.kind === 'xml' && shape.next) {
    const body = String(reply.body ?? '').replace(/<NextMarker\s*\/>|<NextMarker>[^<]*<\/NextMarker>/, '')
    const text = body.replace(`</${shape.root}>`, `<NextMarker>${token}</NextMarker></${shape.root}>`)
    return { reply: { ...reply, body: text }, what, certain: true }
  }
  if (shape.kind !== 'json' || !shape.next) return undefined
  if (shape.next.kind === 'headers') {
    const headers = Object.fromEntries(shape.next.names.map((name) => [name, token]))
    return { reply: { ...reply, headers: { ...reply.headers, ...headers } }, what, certain: true }
  }
  const url = new URL(`https://${call.hostName}${call.target}`)
  url.searchParams.set('$skiptoken', token)
  const page = JSON.parse(String(reply.body ?? '{}')) as object
  return { reply: { ...reply, body: JSON.stringify({ ...page, nextLink: url.href }) }, what, certain: true }
}
