import type { Suite } from '../suite.ts'
import { playCleanup } from '../cleanup/play.ts'

const cases = { short: 1500, full: 10_000 }

export const cleanup: Suite = {
  name: 'cleanup',
  shows: 'deleted hubs are always within the safe set, nothing is left of them, and nothing else is touched',
  open: (form) => {
    const figures: Record<string, number> = {}
    const count = (name: string, more = 1) => (figures[name] = (figures[name] ?? 0) + more)
    return Promise.resolve({
      cases: cases[form],
      play: async (index, seed) => {
        const played = await playCleanup(seed * 1_000_003 + index)
        count(played.kind)
        count('hubs asked for', played.hubs)
        count('hubs deleted', played.deleted)
        count('flips nobody can see', played.unseen.length)
        count('parts of hubs born again that went', played.reborn)
        const [first] = played.problems
        return first === undefined ? { ok: true } : { ok: false, because: first }
      },
      figures: () => figures,
      close: () => Promise.resolve(),
    })
  },
}
