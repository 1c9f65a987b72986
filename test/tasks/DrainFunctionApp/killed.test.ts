// A run that is killed at any of its requests, and what the next one makes of it.
import assert from 'node:assert/strict'
import { app } from '../../support/app.ts'
import type { FakeAzure } from '../../support/fake-azure.ts'
import { Killed } from '../../support/fake-calls.ts'
import { cancelledAtEach } from '../story.ts'
import { fence } from '../../../tasks/DrainFunctionApp/fence.ts'
import { release } from '../../../tasks/DrainFunctionApp/release.ts'
import { drain, picture, settingsOf, shopOf, stateOf, wanted } from './drain-scene.ts'

const lock = { take: true, keep: false, forMs: 7_200_000, waitMs: 0 }
const nightly = 'AzureWebJobs.Nightly.Disabled'
const users = { azurewebjobs_onorder_disabled: 'FALSE', Colour: 'blue' }

/** One of the starters has a setting of the user's, in a spelling of its own; one name stays with its slot already. */
function open(): FakeAzure {
  return shopOf(app().slot('staging', { settings: users }).sticky('Colour', nightly))
}

async function fenced(): Promise<FakeAzure> {
  const azure = open()
  await drain(azure).fence({ lock })
  return azure
}

/** Kills the run at each of its calls in turn, and hands on what it left. */
async function* killedAtEach(
  make: () => Promise<FakeAzure>,
  act: 'fence' | 'release',
): AsyncGenerator<{ readonly azure: FakeAzure; readonly at: string }> {
  const whole = await make()
  const begun = whole.calls.made.length
  await drain(whole)[act]({ lock })
  for (let at = begun; at <= whole.calls.made.length; at++) {
    const azure = await make()
    azure.calls.diesAfter(at)
    await drain(azure)
      [act]({ lock })
      .catch((error: unknown) => assert.ok(error instanceof Killed, String(error)))
    azure.calls.diesAfter(Number.POSITIVE_INFINITY)
    requireSafe(azure)
    yield { azure, at: `${act}, call ${at}: ${whole.calls.made[at - 1] ?? 'before the first'}` }
  }
}

/** At no moment may a setting disable a function without staying with its slot. */
function requireSafe(azure: FakeAzure): void {
  const sticky = picture(azure).stickySettings.map((name) => name.toLowerCase())
  for (const [key, value] of Object.entries(settingsOf(azure))) {
    if (/disabled$/i.test(key) && value === 'true') assert.ok(sticky.includes(key.toLowerCase()), key)
  }
}

describe('a run of DrainFunctionApp that is killed', () => {
  let before = ''
  let after = ''
  before = stateOf(open())
  it('is measured against one that is not', async () => {
    const azure = await fenced()
    after = stateOf(azure)
    assert.notEqual(after, before)
    await drain(azure).release({ lock })
    assert.equal(stateOf(azure), before)
  })

  const cases = [
    ['fence', 'fence'],
    ['fence', 'release'],
    ['release', 'release'],
    ['release', 'fence'],
  ] as const
  for (const [first, second] of cases) {
    it(`at any request of ${first} leaves what ${second} ends as if nothing had happened`, async () => {
      const make = first === 'fence' ? () => Promise.resolve(open()) : fenced
      let kills = 0
      for await (const { azure, at } of killedAtEach(make, first)) {
        const report = await drain(azure)[second]({ lock })
        assert.equal(stateOf(azure), second === 'fence' ? after : before, at)
        assert.equal(report.result, 'succeeded', at)
        kills++
      }
      assert.ok(kills > 15, String(kills))
    })
  }

  it('twice is made good all the same', async () => {
    for await (const { azure } of killedAtEach(() => Promise.resolve(open()), 'fence')) {
      azure.calls.diesAfter(azure.calls.made.length + 9)
      await drain(azure)
        .release({ lock })
        .catch((error: unknown) => assert.ok(error instanceof Killed, String(error)))
      azure.calls.diesAfter(Number.POSITIVE_INFINITY)
      requireSafe(azure)
      await drain(azure).release({ lock })
      assert.equal(stateOf(azure), before)
    }
  })
})

describe('a run of DrainFunctionApp that is cancelled', () => {
  it('ends as cancelled at every request, and says what is open once it has begun to write', async () => {
    const ends = await cancelledAtEach(open, (deps, signal) => {
      return fence(wanted({ quietMs: 0 }), deps, signal)
    })

    for (const { message, mutations } of ends.filter(({ during }) => during === 'writeSettings')) {
      assert.match(message, /Run action 'fence' again with the same inputs to end it/)
      assert.ok(mutations.length > 0)
    }
  })

  it('ends so in a release too', async () => {
    const azures: FakeAzure[] = []
    for (let each = 0; each < 60; each++) azures.push(await fenced())
    const ends = await cancelledAtEach(
      () => {
        const azure = azures.pop()
        assert.ok(azure)
        azure.calls.made.splice(0)
        azure.calls.mutations.splice(0)
        return azure
      },
      (deps, signal) => release(wanted({ action: 'release' }), deps, signal),
    )

    assert.ok(ends.some(({ message }) => /Run action 'release' again/.test(message)))
  })
})
