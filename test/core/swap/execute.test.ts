import assert from 'node:assert/strict'
import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import type { AppPicture, SlotName } from '../../../core/function-app/picture.ts'
import { findSlot } from '../../../core/function-app/picture.ts'
import type {
  FunctionApps,
  HostState,
  OperationState,
  SlotGlance,
  SlotHosts,
  SwapReply,
} from '../../../core/function-app/ports.ts'
import type { Fence } from '../../../core/record/fence.ts'
import type { LookAtApp } from '../../../core/swap/execute.ts'
import { executeSwap, swapTiming } from '../../../core/swap/execute.ts'
import { parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { app, type AppBuilder } from '../../support/app.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'

const before = app()
const after = app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })
const underWay = before.slot('staging', { operationInProgress: 'op1' })

const told = after.slot('production', { swappedAt: '2026-11-21T09:30:00Z' })
const prepared = before.slot('staging', { targetSwapSlot: 'production' })

const minute = 60_000

function elapsed(clock: FakeClock): number {
  return clock.slept.reduce((sum, ms) => sum + ms, 0)
}

/** An app whose slots show `world.now`; replies and operation states are played one after another, the last for ever. */
type Script = {
  readonly replies: SwapReply[]
  readonly operations?: OperationState[]
  readonly readFirst?: boolean
  readonly mayHaveBeenAsked?: boolean
}

function scene(script: Script) {
  const clock = new FakeClock()
  const log = new FakeLog()
  const world: {
    now: AppBuilder
    failing: number
    bug?: Error
    host: HostState
    glances: SlotGlance[]
    fenceMs: number
    onFence: (count: number) => void
    onRequest: (count: number) => void
  } = {
    now: before,
    failing: 0,
    host: { kind: 'known', state: 'Running', errors: [] },
    glances: [],
    fenceMs: 0,
    onFence: () => undefined,
    onRequest: () => undefined,
  }
  const count = { glances: 0, looks: 0, fences: 0, hosts: 0 }
  let requests = 0
  let reads = 0
  const operations = script.operations ?? []
  const unused = (): never => assert.fail('not to be called')
  const apps: FunctionApps = {
    list: unused,
    look: unused,
    writeSettings: unused,
    async requestSwap() {
      requests++
      world.onRequest(requests)
      return await Promise.resolve(script.replies[Math.min(requests, script.replies.length) - 1] ?? unused())
    },
    async readOperation() {
      reads++
      return await Promise.resolve(operations[Math.min(reads, operations.length) - 1] ?? unused())
    },
    async glance(_app, slot) {
      count.glances++
      const scripted = world.glances.shift()
      if (scripted) return await Promise.resolve(scripted)
      const { targetSwapSlot, lastSwap, operationInProgress } = findSlot(world.now.picture(), slot) ?? unused()
      return await Promise.resolve({
        kind: 'seen',
        ...(targetSwapSlot !== undefined && { targetSwapSlot }),
        ...(lastSwap && { lastSwap }),
        ...(operationInProgress !== undefined && { operationInProgress }),
      })
    },
  }
  const hosts: SlotHosts = {
    probe: unused,
    async state() {
      count.hosts++
      return await Promise.resolve(world.host)
    },
  }
  const fence: Fence = async (_change, signal) => {
    world.onFence(++count.fences)
    if (world.fenceMs > 0) await clock.sleep(world.fenceMs, signal)
  }
  const look: LookAtApp = async () => {
    count.looks++
    if (world.bug) throw world.bug
    if (world.failing > 0) {
      world.failing--
      throw new AzureFailure('Azure is not there.', { operation: 'read', kind: 'server', status: 503 })
    }
    const { picture, hubs } = world.now.view()
    return await Promise.resolve({ picture, hubs })
  }
  const abort = new AbortController()
  const taskHub = parseWantedHub('shop99')
  assert.ok(taskHub)
  const slots = { source: 'staging' as SlotName, target: 'production' as SlotName }
  const run = async () =>
    await executeSwap(
      { apps, hosts, look, clock, log, timing: swapTiming, fence },
      {
        app: { name: 'shop', resourceGroup: 'shop-rg' } satisfies AppPicture['app'],
        request: { ...slots, preserveVnet: false },
        aim: { ...slots, taskHub },
        startedAt: clock.now(),
        deadline: new Date(clock.now().getTime() + 30 * minute),
        ...(script.readFirst === undefined ? {} : { readFirst: script.readFirst }),
        ...(script.mayHaveBeenAsked === undefined ? {} : { mayHaveBeenAsked: script.mayHaveBeenAsked }),
      },
      abort.signal,
    )
  return { run, world, clock, log, abort, count, requests: () => requests }
}

const accepted: SwapReply = { kind: 'accepted', operationUrl: 'https://arm.example.net/op1' }
const lost: SwapReply = { kind: 'lost', message: 'the connection was reset' }
const busy: SwapReply = {
  kind: 'rejected',
  status: 409,
  code: 'Conflict',
  message: 'another operation',
  retryAfterMs: 20_000,
}
const running: OperationState = { kind: 'running', retryAfterMs: 10_000 }

describe('executing a swap', () => {
  it('follows the operation to its end and reads the slots', async () => {
    const { run, world, clock, requests } = scene({
      replies: [accepted],
      operations: [running, running, { kind: 'succeeded' }],
    })
    clock.at(20_000, () => (world.now = after))

    assert.deepEqual(await run(), { kind: 'done', requests: 1 })
    assert.equal(requests(), 1)
  })

  it('does not call it done while the operation runs, even when the settings have moved', async () => {
    const { run, world, clock } = scene({
      replies: [accepted],
      operations: [running, running, running, { kind: 'succeeded' }],
    })
    world.onRequest = () => (world.now = after)

    assert.equal((await run()).kind, 'done')
    assert.equal(elapsed(clock), 30_000)
  })

  it('calls it done while the operation is still said to run, once the slots tell of the swap', async () => {
    const { run, world, clock } = scene({ replies: [accepted], operations: [running] })
    world.onRequest = () => (world.now = underWay)
    clock.at(31_000, () => (world.now = told))

    assert.equal((await run()).kind, 'done')
    assert.ok(elapsed(clock) <= 31_000 + swapTiming.glanceMs, String(elapsed(clock)))
  })

  it('takes a swap of long ago for none, while the operation runs', async () => {
    const { run, world, clock } = scene({ replies: [accepted], operations: [running, { kind: 'succeeded' }] })
    world.now = before.slot('production', { swappedAt: '2026-11-21T09:30:00Z' })
    world.onRequest = () => (world.now = told)

    assert.equal((await run()).kind, 'done')
    assert.equal(elapsed(clock), 10_000)
  })

  it('knows of the end within a second and a half, however rarely Azure wants to be asked', async () => {
    const lags: number[] = []
    for (let at = 20_000; at < 30_000; at += 500) {
      const { run, world, clock } = scene({
        replies: [accepted],
        operations: [{ kind: 'running', retryAfterMs: 15_000 }],
      })
      world.onRequest = () => (world.now = underWay.slot('production', { operationInProgress: 'op1' }))
      clock.at(at, () => (world.now = told))
      await run()
      lags.push(elapsed(clock) - at)
    }
    assert.ok(Math.max(...lags) <= swapTiming.glanceMs, lags.join())
  })

  it('reads at most about seventy-five times a minute while it swaps', async () => {
    const { run, world, clock, count } = scene({ replies: [accepted], operations: [running] })
    world.onRequest = () => (world.now = underWay)
    clock.at(10 * minute, () => (world.now = told))

    await run()

    assert.ok(count.glances <= 10 * 41, String(count.glances))
    assert.ok(count.looks <= 10 * 6 + 10, String(count.looks))
  })

  it('glances less often while Azure throttles the glances, and is done all the same', async () => {
    const { run, world, clock, count } = scene({ replies: [accepted], operations: [running] })
    const missed: SlotGlance = { kind: 'missed', message: '429', retryAfterMs: 20_000 }
    world.glances = [{ kind: 'seen' }, ...Array.from({ length: 50 }, () => missed)]
    world.onRequest = () => (world.now = underWay)
    clock.at(5 * minute, () => (world.now = told))

    assert.equal((await run()).kind, 'done')
    assert.ok(count.glances <= 20, String(count.glances))
  })

  it('sends one request when the reply is lost after the effect', async () => {
    const { run, world, requests } = scene({ replies: [lost] })
    world.onRequest = () => (world.now = after)

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 1)
  })

  it('sends one request when the reply is lost and the effect comes later', async () => {
    const { run, world, clock, requests } = scene({ replies: [lost] })
    world.onRequest = () => (world.now = underWay)
    clock.at(5 * minute, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 1)
  })

  it('asks again when the reply was lost before the effect, once the slots were seen unchanged several times', async () => {
    const { run, world, clock, requests } = scene({ replies: [lost, accepted], operations: [{ kind: 'succeeded' }] })
    world.onRequest = (count) => {
      if (count === 2) world.now = after
    }

    assert.deepEqual(await run(), { kind: 'done', requests: 2 })
    assert.equal(requests(), 2)
    assert.ok(clock.slept.length >= swapTiming.calmReadings)
  })

  it('gives up after a handful of lost requests', async () => {
    const { run, requests } = scene({ replies: [lost] })

    const result = await run()

    assert.equal(result.kind, 'failed')
    assert.equal(requests(), swapTiming.mostRequests)
  })

  it('never asks again after an answer that cannot be read', async () => {
    const { run, requests } = scene({ replies: [{ kind: 'unreadable', message: 'HTML' }] })

    const result = await run()

    assert.ok(result.kind === 'failed' && /time is up/.test(result.problem))
    assert.equal(requests(), 1)
  })

  it('takes an unreadable answer for done when the slots show it', async () => {
    const { run, world, clock } = scene({ replies: [{ kind: 'unreadable', message: 'HTML' }] })
    clock.at(minute, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
  })

  it('waits as long as Azure says while another operation runs, reads the slots, and asks again', async () => {
    const { run, world, clock, requests } = scene({
      replies: [busy, busy, accepted],
      operations: [{ kind: 'succeeded' }],
    })
    world.onRequest = (count) => {
      if (count === 3) world.now = after
    }

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 3)
    assert.deepEqual(clock.slept, [20_000, 20_000])
  })

  it('does not ask again when the other operation turns out to have been the same swap', async () => {
    const { run, world, clock, requests } = scene({ replies: [busy] })
    clock.at(20_000, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 1)
  })

  for (const [what, retryAfterMs, slept] of [
    ['waits a while of its own when Azure is throttled and names no pause', undefined, swapTiming.busyPauseMs],
    ['waits no longer than a minute, however long Azure asks for', 3_600_000, swapTiming.longestPauseMs],
    ['asks again at once after a pause that is no time', -1, 0],
  ] as const) {
    it(what, async () => {
      const throttled: SwapReply = {
        kind: 'rejected',
        status: 429,
        message: 'slow down',
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      }
      const { run, world, clock } = scene({ replies: [throttled, accepted], operations: [{ kind: 'succeeded' }] })
      world.onRequest = (count) => {
        if (count === 2) world.now = after
      }

      assert.equal((await run()).kind, 'done')
      assert.deepEqual(clock.slept, [slept])
    })
  }

  it('reads the operation at its own pace where Azure names none', async () => {
    const { run, world, clock } = scene({
      replies: [accepted],
      operations: [{ kind: 'running' }, { kind: 'succeeded' }],
    })
    clock.at(1, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.equal(elapsed(clock), swapTiming.pollMs)
  })

  it('says once that the account of the operation cannot be read', async () => {
    const { run, world, clock, log } = scene({
      replies: [accepted],
      operations: [{ kind: 'unknown', message: 'HTML' }],
    })
    clock.at(minute, () => (world.now = after))

    await run()

    assert.equal(log.warnings.length, 1)
  })

  it('goes on when the settings of a slot cannot be read for a while', async () => {
    const { run, world, clock, log } = scene({ replies: [accepted], operations: [{ kind: 'succeeded' }] })
    world.now = before.slot('staging', { unreadable: 'no role' })
    clock.at(minute, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.match(log.lines.join('\n'), /the settings of a slot cannot be read/)
  })

  it('asks once what somebody else did not finish, when the slots have become calm', async () => {
    const { run, world, clock, requests } = scene({
      replies: [accepted],
      operations: [{ kind: 'succeeded' }],
      readFirst: true,
    })
    world.now = underWay
    clock.at(minute, () => (world.now = before))
    world.onRequest = () => (world.now = after)

    assert.deepEqual(await run(), { kind: 'done', requests: 1 })
    assert.equal(requests(), 1)
  })

  it('asks for nothing when somebody else swaps until the deadline', async () => {
    const { run, world, requests } = scene({ replies: [], readFirst: true })
    world.now = underWay

    const result = await run()

    assert.ok(result.kind === 'failed' && /the time is up: .*a swap under way/.test(result.problem))
    assert.equal(requests(), 0)
  })

  it('lets what is no failure of Azure through', async () => {
    const { run, world } = scene({ replies: [accepted] })
    world.onRequest = () => {
      throw new RangeError('a bug')
    }

    await assert.rejects(run(), RangeError)
  })

  it('lets a reading of the slots that fails for another reason through', async () => {
    const { run, world } = scene({ replies: [{ kind: 'done' }] })
    world.bug = new RangeError('a bug')

    await assert.rejects(run(), RangeError)
  })

  it('stops being refused as busy at the deadline', async () => {
    const { run } = scene({ replies: [busy] })

    const result = await run()

    assert.ok(result.kind === 'failed' && /409 \(Conflict\)/.test(result.problem))
  })

  it('is final when Azure refuses for another reason', async () => {
    const { run, requests } = scene({ replies: [{ kind: 'rejected', status: 400, code: 'BadRequest', message: 'no' }] })

    const result = await run()

    assert.ok(result.kind === 'failed' && /status 400 \(BadRequest\): no/.test(result.problem))
    assert.equal(requests(), 1)
  })

  it('is final when the operation failed and nothing was done', async () => {
    const { run, requests } = scene({
      replies: [accepted],
      operations: [
        { kind: 'failed', status: 400, message: "the worker process for 'staging' slot could not be started" },
      ],
    })

    const result = await run()

    assert.ok(result.kind === 'failed' && /could not be started\. Read the logs/.test(result.problem))
    assert.equal(requests(), 1)
  })

  it('is done when the operation failed but the target runs the hub', async () => {
    const { run, world } = scene({ replies: [accepted], operations: [{ kind: 'failed', message: 'late' }] })
    world.onRequest = () => (world.now = after)

    assert.equal((await run()).kind, 'done')
  })

  it('watches the slots when the account of the operation cannot be read', async () => {
    const { run, world, clock, requests } = scene({
      replies: [accepted],
      operations: [{ kind: 'unknown', message: 'HTML' }],
    })
    clock.at(3 * minute, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 1)
  })

  it('goes on when the slots cannot be read for a while', async () => {
    const { run, world, clock } = scene({ replies: [accepted], operations: [{ kind: 'succeeded' }] })
    world.failing = 3
    clock.at(1, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
  })

  for (const reply of [accepted, { kind: 'done' } as const]) {
    it(`never asks again after success was reported (${reply.kind}), even when the slots do not show it`, async () => {
      const { run, requests } = scene({ replies: [reply], operations: [{ kind: 'succeeded' }] })

      const result = await run()

      assert.ok(result.kind === 'failed' && /reported the swap as done, but the slots/.test(result.problem))
      assert.equal(requests(), 1)
    })

    it(`is done with one request when the slots show a reported success (${reply.kind}) late`, async () => {
      const { run, world, clock, requests } = scene({ replies: [reply], operations: [{ kind: 'succeeded' }] })
      clock.at(25_000, () => (world.now = after))

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 1)
    })
  }

  it('is done when the slots show it although the operation never ends', async () => {
    const { run, world, requests } = scene({ replies: [accepted], operations: [running] })
    world.onRequest = () => (world.now = after)

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 1)
  })

  it('asks for nothing when somebody else was quicker', async () => {
    const { run, world, requests } = scene({ replies: [], readFirst: true })
    world.now = after

    assert.deepEqual(await run(), { kind: 'done', requests: 0 })
    assert.equal(requests(), 0)
  })

  it('asks for nothing while somebody else swaps', async () => {
    const { run, world, clock, requests } = scene({ replies: [], readFirst: true })
    world.now = underWay
    clock.at(minute, () => (world.now = after))

    assert.equal((await run()).kind, 'done')
    assert.equal(requests(), 0)
  })

  it('asks at once where the slots show that nothing is under way', async () => {
    const { run, world, clock } = scene({
      replies: [accepted],
      operations: [{ kind: 'succeeded' }],
      readFirst: true,
    })
    world.onRequest = () => (world.now = after)

    assert.equal((await run()).kind, 'done')
    assert.deepEqual(clock.slept, [])
  })

  it('says that nothing is under way when it is cancelled between two requests', async () => {
    const { run, clock, abort } = scene({ replies: [busy] })
    clock.at(10_000, () => abort.abort())

    await assert.rejects(run(), (error) => error instanceof Cancelled && /nothing is under way/.test(error.message))
  })

  describe('of which Azure says why it failed', () => {
    const noPing = {
      status: 417,
      code: 'ExpectationFailed',
      message: "the 'staging' slot did not respond to http ping",
    }
    const moved = {
      status: 400,
      message: "the allocation of VM instances for 'staging' slot has changed during the swap",
    }
    const answered = (problem: typeof noPing | typeof moved): Script => ({
      replies: [{ kind: 'rejected', ...problem }, accepted],
      operations: [{ kind: 'succeeded' }],
    })
    const ended = (problem: typeof noPing | typeof moved): Script => ({
      replies: [accepted],
      operations: [{ kind: 'failed', ...problem }, { kind: 'succeeded' }],
    })
    for (const [what, script] of [
      ['as the answer', answered],
      ['as the end of the operation', ended],
    ] as const) {
      it(`asks again when the instances had changed, ${what}`, async () => {
        const { run, world, count, requests } = scene(script(moved))
        world.onRequest = (times) => {
          if (times === 2) world.now = after
        }

        assert.deepEqual(await run(), { kind: 'done', requests: 2 })
        assert.equal(requests(), 2)
        assert.ok(count.looks >= swapTiming.calmReadings)
      })

      it(`asks again when the source did not answer its warm-up and its host runs, ${what}`, async () => {
        const { run, world, count } = scene(script(noPing))
        world.onRequest = (times) => {
          if (times === 2) world.now = after
        }

        assert.deepEqual(await run(), { kind: 'done', requests: 2 })
        assert.equal(count.hosts, 1)
      })

      it(`does not ask again when the source's host reports an error, ${what}`, async () => {
        const { run, world, requests } = scene(script(noPing))
        world.host = { kind: 'known', state: 'Error', errors: ['boom'] }

        const result = await run()

        assert.ok(
          result.kind === 'failed' && /http ping; of slot 'staging' its host reports: boom/.test(result.problem),
        )
        assert.equal(requests(), 1)
      })
    }

    it('asks twice more at most when the source does not answer its warm-up', async () => {
      const { run, requests } = scene({ replies: [{ kind: 'rejected', ...noPing }] })

      const result = await run()

      assert.ok(result.kind === 'failed' && /http ping, 3 times/.test(result.problem))
      assert.equal(requests(), 3)
    })

    it('asks again when the operation ended because another one ran', async () => {
      const { run, world, requests } = scene({
        replies: [accepted],
        operations: [{ kind: 'failed', code: 'Conflict', message: 'another operation' }, { kind: 'succeeded' }],
      })
      world.onRequest = (times) => {
        if (times === 2) world.now = after
      }

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 2)
    })
  })

  describe('that stays half done', () => {
    const remedy = /resourceGroups\/shop-rg\/.*sites\/shop\/slots\/staging\/resetSlotConfig/i
    const refused: SwapReply = {
      kind: 'rejected',
      status: 409,
      code: 'Conflict',
      message: 'The slot cannot be changed because its configuration settings have been prepared for swap.',
    }
    const starts: [string, Script][] = [
      ['is found when Azure refuses the swap because of it', { replies: [refused] }],
      ['is found when the operation failed', { replies: [accepted], operations: [{ kind: 'failed', message: 'no' }] }],
      ['is found when the answer was lost', { replies: [lost] }],
      [
        'is found when the operation cannot be read',
        { replies: [accepted], operations: [{ kind: 'unknown', message: 'x' }] },
      ],
    ]
    for (const [what, script] of starts) {
      it(`${what}, and is told with its remedy`, async () => {
        const { run, world, requests } = scene(script)
        world.onRequest = () => (world.now = prepared)

        const result = await run()

        assert.ok(result.kind === 'failed' && result.halfDone === true)
        assert.match(result.problem, remedy)
        assert.equal(requests(), 1)
      })
    }

    it('is found before anything is asked for', async () => {
      const { run, world, requests } = scene({ replies: [], mayHaveBeenAsked: true })
      world.now = prepared

      const result = await run()

      assert.ok(result.kind === 'failed' && result.halfDone === true)
      assert.match(result.problem, remedy)
      assert.equal(requests(), 0)
    })

    it('is not what a swap is that goes on after a while', async () => {
      const { run, world, clock, requests } = scene({ replies: [lost] })
      world.onRequest = () => (world.now = prepared)
      clock.at(50_000, () => (world.now = after))

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 1)
    })

    it('is not what a swap is whose operation runs', async () => {
      const { run, world, clock } = scene({ replies: [accepted], operations: [running] })
      world.onRequest = () => (world.now = prepared)
      clock.at(10 * minute, () => (world.now = told))

      assert.equal((await run()).kind, 'done')
    })

    it('is asked for again once somebody has reset it', async () => {
      const { run, world, clock, requests } = scene({
        replies: [refused, accepted],
        operations: [{ kind: 'succeeded' }],
      })
      world.onRequest = (times) => (world.now = times === 1 ? prepared : after)
      clock.at(6_000, () => (world.now = before))

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 2)
    })
  })

  describe('that a run before may have asked for', () => {
    it('is watched first, and asked for once the slots were calm', async () => {
      const { run, world, clock, requests } = scene({
        replies: [accepted],
        operations: [{ kind: 'succeeded' }],
        mayHaveBeenAsked: true,
      })
      let askedAt = 0
      world.onRequest = () => {
        askedAt = elapsed(clock)
        world.now = after
      }

      assert.deepEqual(await run(), { kind: 'done', requests: 1 })
      assert.equal(requests(), 1)
      assert.ok(askedAt >= (swapTiming.calmReadings - 1) * swapTiming.pollMs)
    })

    it('is not asked for when it shows up while it is watched', async () => {
      const { run, world, clock, requests } = scene({ replies: [], mayHaveBeenAsked: true })
      clock.at(7_000, () => (world.now = underWay))
      clock.at(minute, () => (world.now = after))

      assert.deepEqual(await run(), { kind: 'done', requests: 0 })
      assert.equal(requests(), 0)
    })

    it('may be under way when it is cancelled in that time', async () => {
      const { run, clock, abort } = scene({ replies: [], mayHaveBeenAsked: true })
      clock.at(5_000, () => abort.abort())

      await assert.rejects(run(), (error) => error instanceof Cancelled && /Azure goes on with it/.test(error.message))
    })
  })

  describe('whose swap shows on no slot while it runs', () => {
    const unseen = { ...busy, message: 'Cannot modify this site because another operation is in progress.' }

    for (const secondsLong of [70, 95, 240, 560]) {
      it(`for ${secondsLong} s after its answer was lost, is not asked for a second time in its last moment`, async () => {
        const { run, world, clock, requests } = scene({ replies: [lost, unseen] })
        world.onRequest = (times) => {
          if (times === 1) clock.at(1000 * secondsLong, () => (world.now = told))
        }

        assert.equal((await run()).kind, 'done')
        assert.ok(requests() <= 2, `${requests()} requests`)
      })
    }

    it('is asked for again once Azure was busy with something else for long enough', async () => {
      const { run, world, requests } = scene({ replies: [lost, unseen, accepted], operations: [{ kind: 'succeeded' }] })
      world.onRequest = (times) => {
        if (times === 3) world.now = after
      }

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 3)
    })
  })

  describe('right before the request', () => {
    it('is not asked for where a swap has ended since the slots were read', async () => {
      const { run, world, requests } = scene({ replies: [], readFirst: true })
      world.onFence = () => (world.now = told)

      assert.deepEqual(await run(), { kind: 'done', requests: 0 })
      assert.equal(requests(), 0)
    })

    it('is not asked for while the target cannot be read', async () => {
      const { run, world, clock, requests } = scene({ replies: [accepted], operations: [{ kind: 'succeeded' }] })
      world.glances = [{ kind: 'missed', message: 'throttled' }]
      world.onRequest = () => (world.now = after)

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 1)
      assert.ok(elapsed(clock) >= swapTiming.pollMs)
    })

    it('is not asked for while the target shows an operation', async () => {
      const { run, world, clock, requests } = scene({ replies: [accepted], operations: [{ kind: 'succeeded' }] })
      world.now = before.slot('production', { operationInProgress: 'op7' })
      clock.at(minute, () => (world.now = before))
      world.onRequest = () => (world.now = after)

      assert.equal((await run()).kind, 'done')
      assert.equal(requests(), 1)
      assert.ok(elapsed(clock) >= minute)
    })

    it('reads the slots again after a fence that took long', async () => {
      const { run, world, requests } = scene({ replies: [] })
      world.fenceMs = 6_000
      world.onFence = () => (world.now = after)

      assert.deepEqual(await run(), { kind: 'done', requests: 0 })
      assert.equal(requests(), 0)
    })

    it('asks after a slow fence when the slots have not moved', async () => {
      const { run, world, count, requests } = scene({ replies: [accepted], operations: [{ kind: 'succeeded' }] })
      world.fenceMs = 6_000
      world.onRequest = () => (world.now = after)

      assert.equal((await run()).kind, 'done')
      assert.deepEqual([count.fences, requests()], [1, 1])
    })

    it('passes the fence before every request', async () => {
      const { run, count, requests } = scene({ replies: [lost] })

      await run()

      assert.equal(count.fences, requests())
    })

    it('asks for nothing when the fence refuses', async () => {
      const { run, world, requests } = scene({ replies: [] })
      world.onFence = () => {
        throw new Refusal('This run no longer holds the lock.')
      }

      await assert.rejects(run(), Refusal)
      assert.equal(requests(), 0)
    })
  })

  it('says what is under way when it is cancelled', async () => {
    const { run, clock, abort } = scene({ replies: [accepted], operations: [running] })
    clock.at(10_000, () => abort.abort())

    await assert.rejects(run(), (error) => error instanceof Cancelled && /Azure goes on with it/.test(error.message))
  })
})
