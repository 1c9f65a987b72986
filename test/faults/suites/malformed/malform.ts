// Makes an answer one that its protocol does not allow.
import type { Call, Reply } from '../../../../emulator/http/call.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Shape } from './answer-shape.ts'
import { endless } from './endless.ts'
import { breakField, changeAnywhere } from './malform-json.ts'
import { breakXml } from './malform-xml.ts'
import { odd } from './odd-answers.ts'

/** `certain`: what was asked cannot be told from it any more. Else it may be another valid answer, or break what nobody needs. */
export type Malformed = { readonly reply: Reply; readonly what: string; readonly certain: boolean }

/** Of one case: gives the same kind of malformed answer each time that the call is made. */
export type Malform = (reply: Reply, call: Call) => Malformed

export function malformer(shape: Shape, random: Seeded): Malform {
  const chosen = random.next()
  const draw = random.below(2 ** 31)
  const again = () => random.again(draw)
  let asked = 0
  return (reply, call) => {
    asked += 1
    const inside = chosen < 0.45 ? changed(reply, shape, again(), chosen < 0.07) : undefined
    if (inside) return inside
    const without = chosen >= 0.45 && chosen < 0.5 ? endless(reply, call, shape, { asked, random: again() }) : undefined
    return without ?? odd(reply, shape, again())
  }
}

function changed(reply: Reply, shape: Shape, random: Seeded, anywhere: boolean): Malformed | undefined {
  const body = String(reply.body ?? '')
  if (shape.kind === 'count') {
    const value = random.pick(['', 'none', '-1', '1.5', '1e3', '0x10', '99999999999999999999', 'NaN', ' '])
    const headers = Object.entries(reply.headers ?? {}).filter(([name]) => name.toLowerCase() !== shape.header)
    const count = random.chance(0.2) ? [] : [[shape.header, value] as const]
    return {
      reply: { ...reply, headers: Object.fromEntries([...headers, ...count]) },
      what: `count '${value}'`,
      certain: true,
    }
  }
  if (shape.kind === 'xml') {
    const broken = breakXml(body, shape, random)
    return broken && { reply: { ...reply, body: broken.text }, what: broken.what, certain: true }
  }
  if (shape.kind === 'any') return undefined
  const value = parsed(body)
  const broken = anywhere ? changeAnywhere(value, random) : breakField(value, shape.fields, random)
  return broken && { reply: { ...reply, body: broken.text }, what: broken.what, certain: !anywhere }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}
