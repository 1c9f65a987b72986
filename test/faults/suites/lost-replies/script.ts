// Which answers of one case are lost, and how.
import { html } from '../../../../emulator/http/call.ts'
import type { Service } from '../../../../emulator/http/call.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Decide } from '../../sockets/switchboard.ts'
import type { Strike } from '../../sockets/transient.ts'
import { lostReply } from '../../sockets/transient.ts'

export type Script = {
  readonly withRotate: boolean
  /** The first answer to the swap request is a page, and nothing was begun: it must not be sent again. */
  readonly unreadable: boolean
  readonly lagMs: number
  readonly decide: Decide
}

const page = html(200, 'Sign in to your network')
const signIn: Strike['action'] = { kind: 'body', body: String(page.body), contentType: 'text/html' }

/** SlotSwap sends its request five times at most, so that the fifth must get through. */
const mostLostBefore = 4

export function scriptOf(random: Seeded, unreadable: boolean): Script {
  const withRotate = random.chance(0.25)
  const swap = unreadable ? [{ when: 'before' as const, action: signIn }] : lostSwaps(random)
  const write = random.chance(0.7) ? some(random, 2, 'arm', 'after') : []
  const record = !unreadable && random.chance(0.5) ? some(random, 2, 'storage') : []
  const now = !unreadable && random.chance(0.5) ? random.next() * 0.1 : 0
  const decide: Decide = ({ service }, kind) => {
    if (kind.startsWith('arm POST') && kind.endsWith('/slotsswap')) return swap.shift()
    if (kind.startsWith('arm PUT')) return write.shift()
    if (kind.startsWith('blob PUT')) return record.shift()
    // Polls, looks, proofs and sign-ins fail now and then as well.
    return service !== 'host' && now > 0 && random.chance(now) ? lostReply(random, service) : undefined
  }
  return { withRotate, unreadable, lagMs: random.chance(0.2) ? 1_000 + random.below(11_000) : 0, decide }
}

function lostSwaps(random: Seeded): Strike[] {
  const before = random.chance(0.5) ? random.below(mostLostBefore + 1) : 0
  const last =
    before === 0 || random.chance(0.85) ? [random.chance(0.1) ? pageAfter : lostReply(random, 'arm', 'after')] : []
  return [...Array.from({ length: before }, () => lostReply(random, 'arm', 'before')), ...last]
}

const pageAfter: Strike = { when: 'after', action: signIn }

function some(random: Seeded, most: number, service: Service, when?: 'before' | 'after'): Strike[] {
  return Array.from({ length: 1 + random.below(most) }, () => lostReply(random, service, when))
}
