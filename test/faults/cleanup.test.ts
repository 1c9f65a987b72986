import assert from 'node:assert/strict'
import { mutants } from './cleanup/mutants.ts'
import { playCleanup } from './cleanup/play.ts'

const minute = 60_000

describe('a clean-up of random inventories', function () {
  this.timeout(3 * minute)

  it('deletes only what is safe, wholly, and tells the truth', async () => {
    for (let seed = 1; seed <= 150; seed++) assert.deepEqual((await playCleanup(seed)).problems, [], `seed ${seed}`)
  })

  it('sees hubs deleted, guards that flip, and runs that are cut off', async () => {
    const kinds = new Set<string>()
    let deleted = 0
    for (let seed = 1; seed <= 50; seed++) {
      const played = await playCleanup(seed)
      kinds.add(played.kind)
      deleted += played.deleted
    }
    assert.deepEqual([...kinds].toSorted(), ['calm', 'flips', 'troubles'])
    assert.ok(deleted > 10, `${deleted}`)
  })

  for (const [name, story] of Object.entries(mutants)) {
    it(`finds out ${name}`, async () => {
      for (let seed = 1; seed <= 400; seed++) if ((await playCleanup(seed, story)).problems.length > 0) return
      assert.fail('in none of 400 inventories')
    })
  }
})
