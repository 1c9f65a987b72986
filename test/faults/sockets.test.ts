// Whether the suites on sockets can fail: each must catch a broken variant, and lets the real one pass.
import assert from 'node:assert/strict'
import { ask } from '../emulator/support/request.ts'
import { LeapingTime } from './sockets/leaping-time.ts'
import type { Ended, RunTask } from './sockets/tasks.ts'
import { runTask } from './sockets/tasks.ts'
import type { World } from './sockets/world.ts'
import { World as AnyWorld } from './sockets/world.ts'
import type { OpenSuite } from './suite.ts'
import { openDeployments } from './suites/deployments.ts'
import { openLostReplies } from './suites/lost-replies.ts'
import { openMalformed } from './suites/malformed/open.ts'

const seed = 1

async function failuresOf(suite: OpenSuite, cases: number): Promise<string[]> {
  const failures: string[] = []
  try {
    for (let index = 0; index < cases; index++) {
      const finding = await suite.play(index, seed)
      if (!finding.ok) failures.push(finding.because)
    }
  } finally {
    await suite.close()
  }
  return failures
}

const well = (message: string): Ended => ({ result: 'succeeded', message, outputs: {}, said: [] })

describe('a suite on sockets catches', function () {
  this.timeout(120_000)

  it('a swap whose request is sent again where the answer was lost', async () => {
    const world = await AnyWorld.open()
    const run: RunTask = async (_, task, inputs) =>
      task === 'SlotSwap' ? await swapUntilAnswered(world) : await runTask(world, task, inputs)
    const failures = await failuresOf(openLostReplies(world, [12, 0], run), 12)
    assert.ok(
      failures.some((because) => /[23] swaps were made/.test(because)),
      failures.join('\n'),
    )
  })

  it('a task that takes what it cannot read for a yes', async () => {
    const run: RunTask = async (world, task, inputs) => {
      const ended = await runTask(world, task, inputs)
      return ended.result === 'failed' ? well('Done.') : ended
    }
    const failures = await failuresOf(await openMalformed(['arm'], 10, run), 10)
    assert.ok(
      failures.some((because) => because.includes('succeeded in spite of it')),
      failures.join('\n'),
    )
  })

  it('a task that says no more than that it failed', async () => {
    const run: RunTask = async (world, task, inputs) => ({
      ...(await runTask(world, task, inputs)),
      message: 'Something went wrong.',
    })
    const failures = await failuresOf(await openMalformed(['storage', 'host'], 10, run), 10)
    assert.ok(
      failures.some((because) => because.includes('does not name the call')),
      failures.join('\n'),
    )
  })

  it('a clean-up that deletes by the first letters of the name', async () => {
    const world = await AnyWorld.open()
    const run: RunTask = async (_, task, inputs, build) => {
      const ended = await runTask(world, task, inputs, build)
      if (task === 'CleanupTaskHub') await world.storage.queue('shop1x-workitems').deleteIfExists()
      return ended
    }
    const failures = await failuresOf(await openDeployments(world, [2, 0], run), 2)
    assert.match(failures[0] ?? '', /of hub 'shop1x' 6 parts are left/)
  })
})

describe('time that leaps', () => {
  it('passes minutes at once while nothing is under way, and keeps the order of timers', async () => {
    const time = new LeapingTime()
    try {
      const before = Date.now()
      const order: string[] = []
      await time.during(async () => {
        const later = new Promise<void>((resolve) => setTimeout(() => resolve(void order.push('two minutes')), 120_000))
        const sooner = new Promise<void>((resolve) => setTimeout(() => resolve(void order.push('one minute')), 60_000))
        clearTimeout(setTimeout(() => order.push('never'), 1_000))
        await Promise.all([later, sooner])
      }, 5_000)
      assert.deepEqual(order, ['one minute', 'two minutes'])
      assert.ok(Date.now() - before >= 120_000)
    } finally {
      time.restore()
    }
  })

  it('gives the process its own clock back', () => {
    const before = [Date, setTimeout, setInterval, clearTimeout]
    new LeapingTime().restore()
    assert.deepEqual([Date, setTimeout, setInterval, clearTimeout], before)
  })
})

/** As a client does that repeats what was not answered. */
async function swapUntilAnswered(world: World): Promise<Ended> {
  const { azure } = world
  const principal = await azure.addServicePrincipal()
  const token = azure.tokens.issue(
    { ...azure.identities.addManagedIdentity(), clientId: principal.clientId },
    'https://management.core.windows.net/',
  ).token
  const path = `subscriptions/${azure.subscriptionId}/resourceGroups/shop-rg/providers/Microsoft.Web/sites/shop/slots/staging/slotsswap`
  for (let tries = 0; tries < 6; tries++) {
    await world.settled()
    const patience = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 30_000))
    const answered = ask(azure, `${azure.armUrl}${path}?api-version=2024-11-01`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ targetSlot: 'production', preserveVnet: false }),
    }).catch(() => undefined)
    const answer = await Promise.race([answered, patience])
    if (answer !== undefined && answer.status < 300) break
  }
  await world.settled()
  return well('Swapped.')
}
