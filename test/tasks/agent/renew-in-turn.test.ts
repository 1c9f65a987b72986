import assert from 'node:assert/strict'
import type { AccessToken } from '@azure/identity'
import { renewInTurn } from '../../../tasks/agent/renew-in-turn.ts'

const hour = 3_600_000

/** Renewals that end when the test says so. */
function renewals(lifeMs: number) {
  const asked: { scope: string; end: (error?: Error) => void }[] = []
  const getToken = renewInTurn(
    (scopes) =>
      new Promise<AccessToken>((resolve, reject) => {
        const token = { token: `token-${asked.length + 1}`, expiresOnTimestamp: Date.now() + lifeMs }
        asked.push({ scope: String(scopes), end: (error) => (error ? reject(error) : resolve(token)) })
      }),
  )
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { asked, getToken, turn }
}

describe('a token is renewed', () => {
  it('once for all who ask meanwhile, and kept for those who ask later', async () => {
    const { asked, getToken, turn } = renewals(hour)
    const both = [getToken('arm'), getToken('arm')]
    await turn()
    asked[0]?.end()
    const tokens = [...(await Promise.all(both)), await getToken('arm')].map(({ token }) => token)
    assert.deepEqual(tokens, ['token-1', 'token-1', 'token-1'])
  })

  it('when it is about to end', async () => {
    const { asked, getToken, turn } = renewals(1000)
    for (const token of ['token-1', 'token-2']) {
      const got = getToken('arm')
      await turn()
      asked.at(-1)?.end()
      assert.equal((await got).token, token)
    }
  })

  it('when the service asks for claims that the known one has not', async () => {
    const { asked, getToken, turn } = renewals(hour)
    for (const claims of [undefined, 'e30=']) {
      const got = getToken('arm', claims === undefined ? {} : { claims })
      await turn()
      asked.at(-1)?.end()
      await got
    }
    assert.equal(asked.length, 2)
  })

  it('in its turn, after that for another audience, whether that came or not', async () => {
    const { asked, getToken, turn } = renewals(hour)
    const arm = getToken('arm')
    const storage = getToken('storage')
    await turn()
    assert.deepEqual(
      asked.map(({ scope }) => scope),
      ['arm'],
    )
    asked[0]?.end(new Error('no'))
    await assert.rejects(arm)
    await turn()
    asked[1]?.end()
    assert.equal((await storage).token, 'token-2')
    const again = getToken('arm')
    await turn()
    asked[2]?.end()
    assert.equal((await again).token, 'token-3')
  })
})
