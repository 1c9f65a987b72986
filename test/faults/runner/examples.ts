// Suites that the tests of the runner play.
import type { Finding, Suite } from '../suite.ts'
import type { Listed } from '../suites.ts'

const well: Finding = { ok: true }

function example(name: string, play: (index: number, seed: number) => Finding, more: Partial<Listed> = {}): Listed {
  const suite: Suite = {
    name,
    shows: `what ${name} shows`,
    open: (form) => {
      let played = 0
      return Promise.resolve({
        cases: form === 'short' ? 4 : 8,
        play: (index, seed) => {
          played += 1
          return Promise.resolve(play(index, seed))
        },
        figures: () => ({ played, 'most played': played }),
        close: () => Promise.resolve(),
      })
    },
  }
  return { name, hurry: 1, shortSeconds: 60, load: () => Promise.resolve(suite), ...more }
}

export const suites: readonly Listed[] = [
  example('fine', () => well),
  example('failing', (index, seed) => (index === 3 ? { ok: false, because: `seed ${seed} is unlucky` } : well)),
  example('throwing', (index) => {
    if (index === 1) throw new Error('out of order')
    return well
  }),
  example('dying', (index) => {
    if (index === 2) process.exit(7)
    return well
  }),
  example('missing', (index) => (index < 2 ? { ok: true, notReached: 'nothing was struck' } : well)),
  example('unopened', () => well, { load: () => Promise.reject(new Error('no storage')) }),
]
