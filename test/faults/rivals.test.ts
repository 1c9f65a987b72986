import assert from 'node:assert/strict'
import { mutants } from './rivals/mutants.ts'
import { playRivals } from './rivals/play.ts'

const minute = 60_000

describe('rivals on one app', function () {
  this.timeout(3 * minute)

  it('are kept apart by the deployment lock', async () => {
    for (let seed = 1; seed <= 40; seed++) assert.deepEqual((await playRivals(seed)).problems, [], `seed ${seed}`)
  })

  it('play the same story for the same seed', async () => {
    const stories = await Promise.all([7, 7, 8].map((seed) => storyOf(seed)))
    assert.equal(stories[0], stories[1])
    assert.notEqual(stories[0], stories[2])
  })

  for (const [name, twist] of Object.entries(mutants)) {
    it(`find out ${name}`, async () => {
      for (let seed = 1; seed <= 300; seed++) if ((await playRivals(seed, twist)).problems.length > 0) return
      assert.fail('in none of 300 schedules')
    })
  }
})

async function storyOf(seed: number): Promise<string> {
  const lines: string[] = []
  await playRivals(seed, { tell: (line) => lines.push(line) })
  return lines.join('\n')
}
