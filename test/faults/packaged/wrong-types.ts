import type { Reply } from '../../../emulator/http/call.ts'

/** The real answer with every value of another type than it has: texts are numbers, numbers texts, lists objects. */
export function wrongTypes(reply: Reply): Reply {
  const text = Buffer.from(reply.body ?? '').toString('utf8')
  const headers = Object.fromEntries(
    Object.entries(reply.headers ?? {}).map(([name, value]) => [name, /^x-ms-.*count$/.test(name) ? 'many' : value]),
  )
  if (text.startsWith('<')) return { ...reply, headers, body: text.replace(/>[^<>]+</g, '>\u0001<') }
  try {
    return { ...reply, headers, body: JSON.stringify(outer(JSON.parse(text))) }
  } catch {
    return { ...reply, headers }
  }
}

/** The outermost keys stay, so that it is the values within that have to be looked at. */
function outer(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return twisted(value)
  return Array.isArray(value) ? value.map(outer) : mapped(value)
}

function mapped(value: object): unknown {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === 'value' || key === 'properties' ? outer(each) : twisted(each),
    ]),
  )
}

function twisted(value: unknown): unknown {
  if (typeof value === 'string') return 7
  if (typeof value === 'number') return 'seven'
  if (typeof value === 'boolean') return 'perhaps'
  return Array.isArray(value) ? { 0: value.length } : value === null ? null : [value]
}
