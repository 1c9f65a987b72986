// Answers that are wrong as a whole.
import type { Reply } from '../../../../emulator/http/call.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Shape } from './answer-shape.ts'
import type { Malformed } from './malform.ts'

const page =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to your network</h1></body></html>'
const statuses = [
  300, 301, 302, 303, 307, 308, 402, 405, 406, 407, 411, 413, 415, 418, 421, 422, 423, 424, 426, 428, 431, 451,
]
const failures = [501, 505, 506, 507, 508, 510, 511, 520, 521, 522, 525, 530, 598, 599]
const packed = 'said to be packed, and is not'
const roots = ['null', '0', '42', 'true', '"text"', '1e999']

type Way = (reply: Reply, shape: Shape, random: Seeded) => Omit<Malformed, 'certain'> & { readonly certain?: boolean }

const ways: readonly Way[] = [
  () => ({ reply: html(200), what: 'a page at status 200' }),
  (reply) => ({ reply: { status: 200, headers: typeOf(reply), body: page }, what: 'a page under the right type' }),
  (reply) => ({ reply: { status: 200, headers: typeOf(reply), body: '' }, what: 'nothing at status 200' }),
  () => ({ reply: { status: 204 }, what: 'status 204' }),
  (reply, _, random) => ({ reply: cut(reply, random), what: 'cut short' }),
  (reply, _, random) => ({
    reply: { ...reply, headers: { ...reply.headers, 'content-type': anotherType(reply, random) } },
    what: 'another content type',
  }),
  (reply) => ({ reply: { ...reply, headers: without(reply, 'content-type') }, what: 'no content type' }),
  (_, __, random) => ({ reply: redirect(random), what: 'an odd status' }),
  (_, __, random) => ({ reply: html(random.pick(failures)), what: 'an odd status of a gateway' }),
  (reply, shape, random) => ({
    reply: { ...reply, body: random.pick([...roots, shape.kind === 'json' && shape.root === 'object' ? '[]' : '{}']) },
    what: 'another root',
  }),
  (reply, _, random) => ({ reply: { ...reply, body: noise(random) }, what: 'no text at all' }),
  (reply) => ({
    reply: { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' } },
    what: packed,
  }),
  (reply) => ({ reply: { ...reply, body: `${String(reply.body ?? '')}${String(reply.body ?? ' x')}` }, what: 'twice' }),
]

/** Of an answer whose body tells nothing only those count that take its headers away. */
const ofHeaders = new Set([
  'a page at status 200',
  'a page under the right type',
  'nothing at status 200',
  'status 204',
])

export function odd(reply: Reply, shape: Shape, random: Seeded): Malformed {
  const made = random.pick(ways)(reply, shape, random)
  return { ...made, certain: isCertain(made.what, shape) }
}

function isCertain(what: string, shape: Shape): boolean {
  switch (shape.kind) {
    case 'json':
      return true
    // Queues and blobs are read as they come: the text is whole, whatever it is said to be packed with.
    case 'xml':
      return what !== packed
    case 'count':
      return what.startsWith('an odd status') || ofHeaders.has(what)
    // The type of a blob is what its writer gave it.
    case 'blob':
      return what !== packed && !what.includes('content type')
    case 'any':
      return false
  }
}

function html(status: number): Reply {
  return { status, headers: { 'content-type': 'text/html' }, body: page }
}

function redirect(random: Seeded): Reply {
  const status = random.pick(statuses)
  const headers = {
    'content-type': 'text/html',
    location: 'https://login.example.invalid/',
    'proxy-authenticate': 'Basic',
  }
  return { status, headers, body: page }
}

function cut(reply: Reply, random: Seeded): Reply {
  const body = Buffer.from(reply.body ?? '')
  // Not only the line break at the end of a document.
  return { ...reply, body: body.subarray(0, 1 + random.below(Math.max(1, body.length - 4))) }
}

function noise(random: Seeded): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(400) }, () => 128 + random.below(128)))
}

function typeOf(reply: Reply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.headers ?? {}).filter(([name]) => name.toLowerCase() === 'content-type'),
  )
}

function without(reply: Reply, header: string): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.headers ?? {}).filter(([name]) => name.toLowerCase() !== header))
}

function anotherType(reply: Reply, random: Seeded): string {
  const isJson = /json/.test(typeOf(reply)['content-type'] ?? '')
  return random.pick([
    'text/plain',
    'text/html',
    'application/octet-stream',
    isJson ? 'application/xml' : 'application/json',
  ])
}
