import assert from 'node:assert/strict'
import type { Item } from '../../app-mode/src/index.ts'
import { AppIsStopping, createAppMode, StashFailed } from '../../app-mode/src/index.ts'
import { readModeDocument } from '../../core/app-mode/mode-document.ts'
import { ask, mode, prepare, resume } from './asked.ts'
import { hold, later } from './held.ts'
import { ManualClock } from './manual-clock.ts'

function open() {
  const clock = new ManualClock()
  return { clock, app: createAppMode({ clock }) }
}

describe('an app of one process', () => {
  it('is Normal, and counts what is in progress', async () => {
    const { app } = open()
    assert.deepEqual(await mode(app), {
      protocol: 1,
      mode: 'Normal',
      generation: null,
      until: null,
      inProgress: 0,
      scope: 'process',
      members: 1,
      stashed: 0,
      failedStashes: 0,
    })

    const held = await hold(app)
    assert.equal((await mode(app)).inProgress, 1)
    held.end()
    await held.done
    assert.equal((await mode(app)).inProgress, 0)
  })

  it('gives what the item gives, and throws what it throws, and counts neither any more', async () => {
    const { app } = open()
    assert.equal(await app.run('sum', () => 4), 4)
    await assert.rejects(
      app.run('fails', () => Promise.reject(new TypeError('no such order'))),
      TypeError,
    )
    assert.equal((await app.mode()).inProgress, 0)
  })

  it('begins nothing while it prepares, and is safe when what was in progress has ended', async () => {
    const { app } = open()
    const held = await hold(app)

    const asked = await prepare(app)
    assert.deepEqual([asked.mode, asked.generation, asked.inProgress], ['PreparingForStop', 'run-1', 1])
    assert.equal(asked.until, '2026-11-21T10:10:00.000Z')
    let begun = false
    await assert.rejects(
      app.run('late', () => (begun = true)),
      AppIsStopping,
    )
    assert.ok(!begun)

    held.end()
    await held.done
    assert.equal((await mode(app)).mode, 'SafeToStop')
    await assert.rejects(hold(app), AppIsStopping)
  })

  it('is safe at once with nothing in progress', async () => {
    assert.equal((await prepare(open().app)).mode, 'SafeToStop')
  })

  it('tells what is in progress to stop, and runs its callbacks once', async () => {
    const { app } = open()
    const stashed: string[] = []
    const held = await hold(app, 'run', (item) => {
      item.onStash(() => void stashed.push('first'))
      item.onStash(() => void stashed.push('second'))
    })
    assert.ok(!held.item.signal.aborted)

    await prepare(app)
    await prepare(app)

    assert.ok(held.item.signal.aborted)
    assert.ok(held.item.signal.reason instanceof AppIsStopping)
    assert.deepEqual(stashed, ['first', 'second'])
    held.item.onStash(() => void stashed.push('late'))
    held.end()
    await held.done
    assert.deepEqual(stashed, ['first', 'second', 'late'])
    const { mode: now, stashed: count, failedStashes } = await mode(app)
    assert.deepEqual([now, count, failedStashes], ['SafeToStop', 3, 0])
  })

  it('has an item in progress until what it puts aside is aside', async () => {
    const { app } = open()
    const aside = later<undefined>()
    const held = await hold(app, 'run', (item) => item.onStash(async () => await aside.promise))
    await prepare(app)

    held.end()
    await new Promise(setImmediate)
    assert.equal((await mode(app)).mode, 'PreparingForStop')
    aside.resolve(undefined)
    await held.done
    assert.equal((await mode(app)).mode, 'SafeToStop')
  })

  for (const [kind, callback] of [
    ['throws', () => assert.fail('queue is full')],
    ['rejects', () => Promise.reject(new Error('queue is full'))],
  ] as const) {
    it(`tells when a callback ${kind}, and lets the trigger run the item again`, async () => {
      const { app } = open()
      const held = await hold(app, 'run', (item) => item.onStash(callback))
      await prepare(app)
      held.end()

      await assert.rejects(held.done, (error) => error instanceof StashFailed && /'run'/.test(error.message))
      const { mode: now, inProgress, stashed, failedStashes } = await mode(app)
      assert.deepEqual([now, inProgress, stashed, failedStashes], ['SafeToStop', 0, 0, 1])
    })
  }

  it('keeps the error of the item itself where putting aside failed too', async () => {
    const { app } = open()
    const held = await hold(app, 'run', (item) => item.onStash(() => Promise.reject(new Error('full'))))
    await prepare(app)
    held.end(new RangeError('own'))
    await assert.rejects(held.done, RangeError)
  })

  it('runs no callback of an item that has ended', async () => {
    const { app } = open()
    let ran = false
    await app.run('done', (item: Item) => item.onStash(() => void (ran = true)))
    await prepare(app)
    assert.ok(!ran)
  })

  it('begins items again after its generation has resumed it', async () => {
    const { app } = open()
    await prepare(app)
    const normal = await resume(app)
    assert.deepEqual([normal.mode, normal.generation, normal.until], ['Normal', null, null])
    assert.equal(await app.run('again', () => 'done'), 'done')
    assert.equal((await resume(app)).mode, 'Normal')
  })

  it('returns to Normal by itself when the hold runs out, and not before', async () => {
    const { app, clock } = open()
    await prepare(app, 'run-1', 60)
    clock.pass(59_999)
    await assert.rejects(hold(app), AppIsStopping)
    clock.pass(1)
    assert.equal(await app.run('again', () => 'done'), 'done')
    assert.equal((await mode(app)).mode, 'Normal')
  })

  it('is held longer by the same generation, and not by another', async () => {
    const { app, clock } = open()
    await prepare(app, 'run-1', 60)
    clock.pass(30_000)
    assert.equal((await prepare(app, 'run-1', 60)).until, '2026-11-21T10:01:30.000Z')

    for (const [route, body] of [
      ['prepare', { generation: 'run-2', holdSeconds: 60 }],
      ['resume', { generation: 'run-2' }],
    ] as const) {
      const { status, type, json } = await ask(app, 'POST', route, body)
      assert.equal(status, 409)
      assert.match(type ?? '', /^application\/problem\+json/)
      assert.deepEqual([json['generation'], json['until']], ['run-1', '2026-11-21T10:01:30.000Z'])
    }
    assert.equal((await mode(app)).generation, 'run-1')
  })

  it('forgets everything when it is restarted', async () => {
    const { app, clock } = open()
    await prepare(app)
    assert.equal((await mode(createAppMode({ clock }))).mode, 'Normal')
  })

  it('lets no item slip in between, whatever begins and prepares at once', async () => {
    for (let round = 0; round < 200; round++) {
      const { app } = open()
      let safe = false
      let slipped = 0
      const work = async () => {
        if (safe) slipped++
        await new Promise(setImmediate)
        if (safe) slipped++
      }
      const begin = () => app.run('item', work).catch((error: unknown) => assert.ok(error instanceof AppIsStopping))
      const all = Array.from({ length: 20 }, async (_, at) => {
        if (at === round % 20) safe = (await prepare(app)).mode === 'SafeToStop'
        else await begin()
      })
      await Promise.all(all)
      safe = (await mode(app)).mode === 'SafeToStop'
      assert.ok(safe)
      await begin()
      assert.equal(slipped, 0)
    }
  })

  it('begins nothing once it closes, and ends when what is in progress has', async () => {
    const { app } = open()
    const held = await hold(app)
    let closed = false
    const closing = app.close().then(() => (closed = true))
    await assert.rejects(hold(app), AppIsStopping)
    await new Promise(setImmediate)
    assert.ok(!closed)
    held.end()
    await closing
  })
})

describe('the routes', () => {
  const wrong: [string, string, string, unknown, number][] = [
    ['an unknown route', 'GET', 'status', undefined, 404],
    ['a mode that is posted', 'POST', 'mode', {}, 405],
    ['a prepare that is got', 'GET', 'prepare', undefined, 405],
    ['a body that is no JSON', 'POST', 'prepare', 'prepare', 400],
    ['a body that is a list', 'POST', 'prepare', [], 400],
    ['an empty body', 'POST', 'resume', '', 400],
    ['a body without end', 'POST', 'prepare', `{"generation":"${'x'.repeat(20_000)}"}`, 400],
    ['no generation', 'POST', 'prepare', { holdSeconds: 600 }, 400],
    ['a generation with a blank', 'POST', 'prepare', { generation: 'run 1', holdSeconds: 600 }, 400],
    ['no hold', 'POST', 'prepare', { generation: 'run-1' }, 400],
    ['a hold of a second', 'POST', 'prepare', { generation: 'run-1', holdSeconds: 1 }, 400],
    ['a hold in words', 'POST', 'prepare', { generation: 'run-1', holdSeconds: '600' }, 400],
  ]
  for (const [what, method, route, body, expected] of wrong) {
    it(`answer ${expected} to ${what}, and change nothing`, async () => {
      const { app } = open()
      const { status, type, json } = await ask(app, method, route, body)
      assert.equal(status, expected)
      assert.equal(json['status'], expected)
      assert.match(type ?? '', /problem\+json/)
      assert.equal((await mode(app)).mode, 'Normal')
    })
  }

  it('answer below any path, with a query and a slash at the end', async () => {
    const { app } = open()
    const text = () => Promise.resolve('')
    for (const url of ['/mode', 'https://x.example/api/v2/app-mode/Mode/?code=a/b', '/api/mode#x']) {
      assert.equal((await app.handle({ method: 'get', url, text })).status, 200, url)
    }
  })

  it('answer with documents that the task reads', async () => {
    const { app } = open()
    for (const document of [await mode(app), await prepare(app), await resume(app)]) {
      const read = readModeDocument(JSON.parse(JSON.stringify(document)))
      assert.ok(!('problem' in read), JSON.stringify(read))
      assert.equal(read.mode, document.mode)
    }
  })
})
