import { playRivals } from '../rivals/play.ts'
import type { Suite } from '../suite.ts'

const cases = { short: 1000, full: 10_000 }

export const rivals: Suite = {
  name: 'rivals',
  shows:
    'two to four runs on one app: never two that change it in one generation of the lock, and no change by one that lost it',
  open: (form) => {
    const figures: Record<string, number> = {}
    return Promise.resolve({
      cases: cases[form],
      play: async (index, seed) => {
        const played = await playRivals(seed * 1_000_003 + index)
        for (const [name, value] of played.figures) {
          const before = figures[name] ?? 0
          figures[name] = name.startsWith('most ') ? Math.max(before, value) : before + value
        }
        const [first] = played.problems
        return first === undefined ? { ok: true } : { ok: false, because: first }
      },
      figures: () => figures,
      close: () => Promise.resolve(),
    })
  },
}
