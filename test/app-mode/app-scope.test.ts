import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppIsStopping, createAppMode } from '../../app-mode/src/index.ts'
import { ask, mode, prepare, resume } from './asked.ts'
import { hold } from './held.ts'
import { ManualClock } from './manual-clock.ts'

const deadAfterMs = 60_000

describe('an app of several processes that share a directory', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'app-mode-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

  /** Each with a clock of its own: one that nobody moves belongs to a process that has stopped. */
  function member(clock = new ManualClock()) {
    return { clock, app: createAppMode({ directory, clock, deadAfterMs }) }
  }

  async function two() {
    const [one, other] = [member(), member()]
    await mode(one.app)
    await mode(other.app)
    return { one, other }
  }

  it('is Normal, and counts what is in progress in all of them', async () => {
    const { one, other } = await two()
    const held = await hold(other.app)
    await mode(other.app)
    const { mode: now, scope, members, inProgress } = await mode(one.app)
    assert.deepEqual([now, scope, members, inProgress], ['Normal', 'app', 2, 1])
    held.end()
    await held.done
  })

  it('is not safe before every process has taken over', async () => {
    const { one, other } = await two()
    assert.equal((await prepare(one.app)).mode, 'PreparingForStop')
    assert.equal((await mode(other.app)).mode, 'SafeToStop')
    assert.equal((await mode(one.app)).mode, 'SafeToStop')
    for (const { app } of [one, other]) await assert.rejects(hold(app), AppIsStopping)
  })

  it('hears of it by itself, without being asked', async () => {
    const { one, other } = await two()
    const held = await hold(other.app)
    await prepare(one.app)
    other.clock.pass(5_000)
    await new Promise((resolve) => held.item.signal.addEventListener('abort', resolve))
    held.end()
    await held.done
    await mode(other.app)
    assert.equal((await mode(one.app)).mode, 'SafeToStop')
  })

  it('is not safe while another process has something in progress', async () => {
    const { one, other } = await two()
    const held = await hold(other.app, 'run', (item) => item.onStash(() => undefined))
    await prepare(one.app)
    await mode(other.app)
    const { mode: now, inProgress, stashed } = await mode(other.app)
    assert.deepEqual([now, inProgress, stashed], ['PreparingForStop', 1, 1])
    assert.equal((await mode(one.app)).mode, 'PreparingForStop')
    held.end()
    await held.done
    assert.deepEqual((await mode(other.app)).mode, 'SafeToStop')
    assert.deepEqual([(await mode(one.app)).mode, (await mode(one.app)).stashed], ['SafeToStop', 1])
  })

  it('waits for a process that died with work until it has been silent long enough', async () => {
    const { one, other } = await two()
    await hold(other.app)
    await mode(other.app)
    await prepare(one.app)

    one.clock.pass(deadAfterMs - 1)
    assert.equal((await mode(one.app)).mode, 'PreparingForStop')
    one.clock.pass(1)
    const { mode: now, members } = await mode(one.app)
    assert.deepEqual([now, members], ['SafeToStop', 1])
  })

  it('takes a process for alive as long as it tells something new, whatever its clock says', async () => {
    const { one, other } = await two()
    const held = await hold(other.app)
    await prepare(one.app)
    for (let beat = 0; beat < 5; beat++) {
      await mode(other.app)
      await mode(one.app)
      one.clock.pass(deadAfterMs - 1)
    }
    await mode(other.app)
    assert.equal((await mode(one.app)).mode, 'PreparingForStop')
    held.end()
    await held.done
  })

  it('waits for a process of which there is nothing but its folder', async () => {
    const { one } = await two()
    await mkdir(join(directory, 'members', 'half'))
    await writeFile(join(directory, 'members', 'half', 'beat.json'), '{"protocol":1,')
    await prepare(one.app)
    await mode((await two()).one.app)
    assert.equal((await mode(one.app)).mode, 'PreparingForStop')
    one.clock.pass(deadAfterMs)
    await mode(one.app)
    assert.equal((await mode(one.app)).mode, 'SafeToStop')
  })

  it('stays prepared when it is restarted, and a process that comes begins nothing', async () => {
    const { one, other } = await two()
    await prepare(one.app)
    await one.app.close()
    await other.app.close()
    const later = member()
    await assert.rejects(hold(later.app), AppIsStopping)
    const { mode: now, generation, members } = await mode(later.app)
    assert.deepEqual([now, generation, members], ['SafeToStop', 'run-1', 1])
  })

  it('returns to Normal for all of them when one is told to, and prepares anew', async () => {
    const { one, other } = await two()
    await prepare(one.app)
    await mode(other.app)
    await resume(one.app)
    await assert.rejects(hold(other.app), AppIsStopping)
    await mode(other.app)
    const held = await hold(other.app)

    assert.equal((await prepare(one.app)).mode, 'PreparingForStop', 'what it told of the first time counts no more')
    held.end()
    await held.done
    await mode(other.app)
    assert.equal((await mode(one.app)).mode, 'SafeToStop')
  })

  it('is not made safe by what a process told of an earlier preparation', async () => {
    const { one, other } = await two()
    await prepare(one.app)
    await mode(other.app)
    await resume(one.app)
    // The other may have read that it is Normal, and begun something, since it last told.
    assert.equal((await prepare(one.app)).mode, 'PreparingForStop')
    assert.equal((await mode(other.app)).mode, 'SafeToStop')
  })

  it('takes a process that was silent for half of that time for a new one, and waits for the old name', async () => {
    const { one, other } = await two()
    one.clock.pass(deadAfterMs / 2)
    await mode(one.app)
    assert.equal((await readdir(join(directory, 'members'))).length, 3)
    await prepare(one.app)
    await mode(other.app)
    assert.equal((await mode(one.app)).mode, 'PreparingForStop')
    for (let beat = 0; beat < 4; beat++) {
      one.clock.pass(deadAfterMs / 4)
      await mode(other.app)
      await mode(one.app)
    }
    assert.deepEqual([(await mode(one.app)).mode, (await mode(one.app)).members], ['SafeToStop', 2])
  })

  it('returns to Normal for all of them as soon as one finds that the hold ran out', async () => {
    const { one, other } = await two()
    await prepare(one.app, 'run-1', 60)
    await mode(other.app)
    assert.equal((await mode(one.app)).mode, 'SafeToStop')
    other.clock.pass(60_000)
    const held = await hold(other.app)
    assert.equal((await mode(one.app)).mode, 'Normal', 'by its own clock the hold still runs')
    held.end()
    await held.done
  })

  it('lets one of two generations prepare it, whichever process they reach', async () => {
    for (let round = 0; round < 20; round++) {
      const { one, other } = await two()
      const asked = await Promise.all(
        [one, other, one, other].map(({ app }, at) =>
          ask(app, 'POST', 'prepare', { generation: `run-${at % 2}`, holdSeconds: 60 }),
        ),
      )
      asked.forEach(({ status, json }, at) => {
        if (status === 200) assert.equal(json['generation'], `run-${at % 2}`, 'who is let has what it asked for')
      })
      const winners = new Set(asked.filter(({ status }) => status === 200).map(({ json }) => json['generation']))
      assert.equal(winners.size, 1, JSON.stringify(asked))
      assert.deepEqual([...new Set(asked.map(({ status }) => status))].toSorted(), [200, 409])
      const [generation] = winners
      await resume(one.app, String(generation))
      await one.app.close()
      await other.app.close()
    }
  })

  it('keeps no more than a few states', async () => {
    const { app } = member()
    for (let round = 0; round < 10; round++) {
      await prepare(app)
      await resume(app)
    }
    assert.equal((await readdir(join(directory, 'states'))).length, 3)
  })

  it('forgets a process that took leave at once, and one that died after ten times that time', async () => {
    const { one, other } = await two()
    const third = member()
    await mode(third.app)
    await other.app.close()
    assert.equal((await mode(one.app)).members, 2)
    one.clock.pass(10 * deadAfterMs)
    await mode(one.app)
    await mode(one.app)
    // The first of the two looked for itself under a new name, for it had been silent as long itself.
    one.clock.pass(10 * deadAfterMs)
    await mode(one.app)
    assert.equal((await readdir(join(directory, 'members'))).length, 1)
  })

  it('tells of itself under a new name when its folder was removed while it slept', async () => {
    const { other } = await two()
    const held = await hold(other.app)
    await rm(join(directory, 'members'), { recursive: true })
    await ask(other.app, 'GET', 'mode')
    const { members, inProgress } = await mode(other.app)
    assert.deepEqual([members, inProgress], [1, 1])
    held.end()
    await held.done
  })

  it('begins nothing where the directory cannot be read, and answers that it does not know', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const app = createAppMode({ directory: join(file, 'below'), clock: new ManualClock(), deadAfterMs })
    await assert.rejects(hold(app), (error) => error instanceof AppIsStopping && /cannot be read/.test(error.message))
    const { status, json } = await ask(app, 'GET', 'mode')
    assert.equal(status, 503)
    assert.ok(!JSON.stringify(json).includes(directory))
  })

  it('begins nothing on what it read too long ago', async () => {
    const { one } = await two()
    await rm(directory, { recursive: true })
    await writeFile(directory, '')
    const held = await hold(one.app)
    held.end()
    await held.done
    one.clock.pass(deadAfterMs / 2)
    await assert.rejects(hold(one.app), AppIsStopping)
    await rm(directory)
  })

  it('begins nothing on a state that it does not understand', async () => {
    await mkdir(join(directory, 'states', '000000000007'), { recursive: true })
    await writeFile(join(directory, 'states', '000000000007', 'state.json'), '{"protocol":2}')
    const { app } = member()
    await assert.rejects(hold(app), AppIsStopping)
    assert.equal((await ask(app, 'GET', 'mode')).status, 503)
  })

  it('refuses a rhythm in which a living process would be taken for dead', () => {
    assert.throws(() => createAppMode({ directory, beatMs: 5_000, deadAfterMs: 19_999 }), RangeError)
  })

  it('lets no item slip in between, whatever begins, prepares and resumes at once', async () => {
    const clock = new ManualClock()
    const apps = Array.from({ length: 3 }, () => member(clock).app)
    let working = 0
    let slipped = 0
    const work = async () => {
      working++
      await new Promise(setImmediate)
      working--
    }
    for (let round = 0; round < 30; round++) {
      let going = true
      const busy = apps.map(async (app) => {
        while (going) {
          await app.run('item', work).catch((error: unknown) => assert.ok(error instanceof AppIsStopping))
          await new Promise(setImmediate)
        }
      })
      const [first] = apps
      assert.ok(first)
      const generation = `run-${round}`
      await prepare(first, generation)
      for (;;) {
        // Read by one; each other finds out by its own beat.
        clock.pass(1_000)
        const document = await mode(apps[round % 3] ?? first)
        if (document.mode === 'SafeToStop') break
        await new Promise(setImmediate)
      }
      if (working > 0) slipped++
      await new Promise(setImmediate)
      if (working > 0) slipped++
      await resume(first, generation)
      going = false
      await Promise.all(busy)
      for (const app of apps) await mode(app)
    }
    assert.equal(slipped, 0)
  })
})
