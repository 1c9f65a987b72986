import assert from 'node:assert/strict'
import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import type { ModeAnswer } from '../../../core/app-mode/ports.ts'
import { readMode } from '../../../tasks/DrainFunctionApp/read-mode.ts'
import { resumeApp } from '../../../tasks/DrainFunctionApp/resume.ts'
import type { SignalWanted } from '../../../tasks/DrainFunctionApp/signal-wanted.ts'
import { signalApp } from '../../../tasks/DrainFunctionApp/signal.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { Held } from '../../app-mode/held.ts'
import { hold } from '../../app-mode/held.ts'
import { app } from '../../support/app.ts'
import { FakeAzure } from '../../support/fake-azure.ts'
import { shop, story } from '../story.ts'
import { FakeAppMode } from './fake-app-mode.ts'

const wanted: SignalWanted = {
  ...shop,
  slotName: 'production' as SlotName,
  appModePath: '/api/app-mode',
  dryRun: false,
  holdSeconds: 3_600,
  timeoutMs: 600_000,
  pollMs: 5_000,
}
const later: ModeAnswer = { kind: 'later', because: 'GET /api/app-mode/mode was answered with 503' }
const denied: ModeAnswer = { kind: 'refused', because: 'the key is not accepted', remedy: 'Give appModeKey.' }
const own = 'shop-build-101.task-1'

function open(azure = new FakeAzure(app())) {
  const opened = story(azure)
  const mode = new FakeAppMode(azure.calls, opened.clock)
  const deps = { ...opened.deps, appMode: mode }
  const signal = async (twist: Partial<SignalWanted> = {}) =>
    await signalApp({ ...wanted, ...twist }, deps, opened.signal)
  const resume = async (twist: Partial<SignalWanted> = {}) =>
    await resumeApp({ ...wanted, ...twist }, deps, opened.signal)
  const endAfter = (ms: number, held: Held) => opened.clock.at(ms, () => held.end())
  return { ...opened, deps, mode, signal, resume, endAfter }
}

const isNow = async ({ mode }: { mode: FakeAppMode }) => (await mode.app.mode()).mode

describe('the story of a signal', () => {
  it('prepares the app, waits until nothing is in progress, and leaves it prepared with the whole hold', async () => {
    const at = open()
    at.endAfter(62_000, await hold(at.mode.app))

    const report = await at.signal()

    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(report.outputs, { appMode: 'SafeToStop', inProgressCount: '0' })
    assert.equal(await isNow(at), 'SafeToStop')
    const until = new Date(at.clock.now().getTime() + 3_600_000).toISOString()
    assert.match(report.message, new RegExp(`stays so until ${until.replace('.', '\\.')}`))
    assert.ok(at.log.lines.some((line) => /waiting until it is safe to stop: 1 item in progress/.test(line)))
    assert.ok(!at.azure.mutations.includes('resume'))
  })

  it('asks twice, a pause apart, before it takes one process for the app', async () => {
    const at = open()
    await at.signal()
    assert.deepEqual(at.azure.mutations, ['prepare', 'prepare'])
    assert.deepEqual(at.clock.slept, [5_000])
    assert.equal(at.azure.calls.made.filter((call) => call === 'instances').length, 3)
  })

  it('gives the host a pause to send what functions returned, also where one answer is of every process', async () => {
    const at = open()
    const counts = { scope: 'app', members: 1, inProgress: 0, stashed: 0, failedStashes: 0 } as const
    const until = new Date('2026-11-21T12:00:00Z')
    at.mode.answers('mode', { kind: 'document', document: { mode: 'Normal', ...counts } })
    for (let said = 1; said <= 2; said++)
      at.mode.answers('prepare', {
        kind: 'document',
        document: { mode: 'SafeToStop', generation: own, until, ...counts },
      })

    assert.equal((await at.signal()).result, 'succeeded')

    assert.deepEqual(at.clock.slept, [5_000])
    assert.deepEqual(at.azure.mutations, ['prepare', 'prepare'])
  })

  it("takes the slot's own key where none is given, and its host as Azure tells it", async () => {
    const at = open()
    await at.signal()
    await at.signal({ appModeKey: 'own-key' })
    at.mode.key = undefined
    await at.signal()
    assert.deepEqual(
      at.mode.opened.map(({ key }) => key),
      ['default-key', 'own-key', undefined],
    )
    assert.match(at.mode.opened[0]?.hostName ?? '', /^shop/)
    assert.doesNotMatch(JSON.stringify([at.log.lines, at.log.warnings]), /own-key|default-key/)
  })

  it('changes nothing in a dry run', async () => {
    const at = open()
    const report = await at.signal({ dryRun: true })
    assert.match(report.message, /^Dry run: slot 'production' would be prepared/)
    assert.equal(report.outputs['appMode'], 'Normal')
    assert.deepEqual(at.azure.mutations, [])
  })

  it('goes on with what an earlier task of the run has prepared', async () => {
    const at = open()
    await at.signal()
    const report = await at.signal()
    assert.equal(report.result, 'succeeded', report.message)
    assert.ok(at.log.lines.filter((line) => line.includes(own)).length === 2, at.log.lines.join('\n'))
  })

  const refusals: [string, (at: ReturnType<typeof open>) => void, RegExp][] = [
    [
      'an app that answers no App Mode',
      ({ mode }) => mode.answers('mode', denied),
      /not accepted\. Give appModeKey\. Nothing/,
    ],
    ['two instances of which one speaks for itself', ({ mode }) => void (mode.listed = 2), /the slot has 2 instances/],
    ['no instance at all', ({ mode }) => void (mode.listed = 0), /the slot has 0 instances/],
  ]
  for (const [name, twist, expected] of refusals) {
    it(`refuses ${name}, and changes nothing`, async () => {
      const at = open()
      twist(at)
      await assert.rejects(at.signal(), (error) => error instanceof Refusal && expected.test(error.message))
      assert.deepEqual(at.azure.mutations, [])
    })
  }

  it('refuses several worker processes of which one speaks for itself', async () => {
    const at = open(new FakeAzure(app().slot('production', { settings: { FUNCTIONS_WORKER_PROCESS_COUNT: '4' } })))
    await assert.rejects(at.signal(), /FUNCTIONS_WORKER_PROCESS_COUNT is 4\. Give createAppMode a directory/)
  })

  it('refuses a slot that is stopped, and one that is not there', async () => {
    const at = open(new FakeAzure(app().slot('production', { state: 'Stopped' })))
    await assert.rejects(at.signal(), /is stopped/)
    await assert.rejects(at.signal({ slotName: 'blue' as SlotName }), /has no slot 'blue'/)
  })

  it('waits for the instance to be listed of an app that its first request has woken', async () => {
    const at = open()
    at.mode.listed = 0
    at.clock.at(20_000, () => (at.mode.listed = 1))
    assert.equal((await at.signal()).result, 'succeeded')
  })

  it('leaves an app alone that another run has prepared', async () => {
    const at = open()
    const other = { ...at.deps, run: { ...at.deps.run, id: 'build 7' } }
    await signalApp(wanted, other, new AbortController().signal)
    await assert.rejects(
      at.signal(),
      /generation 'shop-build-7\.task-1' has prepared it until .* Nothing was changed\.$/,
    )
    assert.equal((await at.resume()).result, 'failed')
    assert.equal(await isNow(at), 'SafeToStop')
  })

  it('reads the mode where the reply to prepare was lost, and goes on', async () => {
    for (const effect of [true, false]) {
      const at = open()
      at.mode.answers('prepare', later, effect)
      const report = await at.signal()
      assert.equal(report.result, 'succeeded', report.message)
      const prepares = at.azure.mutations.filter((each) => each === 'prepare').length
      assert.equal(prepares, effect ? 2 : 3)
      assert.deepEqual(at.log.warnings, [])
    }
  })

  it('asks again after answers of the moment, no sooner than it is told', async () => {
    const at = open()
    at.mode.answers('mode', later)
    at.endAfter(20_000, await hold(at.mode.app))
    at.azure.calls.after('prepare', () => at.mode.answers('mode', { ...later, retryAfterMs: 30_000 }))
    const report = await at.signal()
    assert.equal(report.result, 'succeeded', report.message)
    assert.ok(at.clock.slept.includes(30_000))
  })

  it('prepares again, with a warning, after the process was restarted', async () => {
    const at = open()
    await hold(at.mode.app)
    at.clock.at(10_000, () => at.mode.restart())
    const report = await at.signal()
    assert.equal(report.result, 'succeeded', report.message)
    assert.match(at.log.warnings.join(), /^Preparing again: the app has returned to Normal/)
  })

  it('prepares again after a restart between the two answers that count', async () => {
    const at = open()
    at.clock.at(5_000, () => at.mode.restart())
    assert.equal((await at.signal()).result, 'succeeded')
    assert.equal(await isNow(at), 'SafeToStop')
  })

  it('gives up on a process that is restarted again and again', async () => {
    const at = open()
    const again = (): void => {
      at.mode.restart()
      void hold(at.mode.app)
      at.clock.at(5_000, again)
    }
    again()
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(report.message, /returned to Normal 6 times/)
  })

  it('renews the hold while it waits, so that the app does not return to Normal meanwhile', async () => {
    const at = open()
    at.endAfter(290_000, await hold(at.mode.app))
    const report = await at.signal({ holdSeconds: 60 })
    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(at.log.warnings, [])
    assert.ok(at.azure.mutations.length > 9)
  })

  it('renews the hold where two looks are further apart than it lasts', async () => {
    const at = open()
    at.endAfter(290_000, await hold(at.mode.app))
    const report = await at.signal({ holdSeconds: 60, pollMs: 300_000 })
    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(at.log.warnings, [])
  })

  it('fails when the time is up, says what is in progress, and returns the app to Normal', async () => {
    const at = open()
    const held = await hold(at.mode.app)
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(
      report.message,
      /^Slot 'production' is not safe to stop after 10 min: 1 item in progress\. .*was returned to Normal\.$/,
    )
    assert.deepEqual(report.outputs, { appMode: 'PreparingForStop', inProgressCount: '1' })
    assert.equal(await isNow(at), 'Normal')
    held.end()
  })

  it('fails when an item could not put the rest of its work aside', async () => {
    const at = open()
    await hold(at.mode.app, 'run', (item) => item.onStash(() => Promise.reject(new Error('full'))))
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(report.message, /1 item could not put the rest of its work aside/)
    assert.equal(await isNow(at), 'Normal')
  })

  it('fails, and returns the app to Normal, when a second instance comes up meanwhile', async () => {
    const at = open()
    at.clock.at(5_000, () => (at.mode.listed = 2))
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(report.message, /the slot has 2 instances/)
    assert.equal(await isNow(at), 'Normal')
  })

  it('fails, and returns the app to Normal, when the answer is no longer understood', async () => {
    const at = open()
    await hold(at.mode.app)
    at.azure.calls.after('prepare', () => at.mode.answers('mode', denied))
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(report.message, /the key is not accepted\. Give appModeKey\. The app was returned to Normal\.$/)
    assert.equal(await isNow(at), 'Normal')
  })

  it('does not resume what has become the preparation of another', async () => {
    const at = open()
    at.mode.answers('prepare', { kind: 'otherGeneration', because: "generation 'x' has prepared it" })
    const report = await at.signal()
    assert.equal(report.result, 'failed')
    assert.match(report.message, /generation 'x' has prepared it/)
    assert.deepEqual(at.azure.mutations, ['prepare'])
  })

  it('asks again where Azure does not list the instances for a moment, and fails where it may not', async () => {
    for (const kind of ['server', 'denied'] as const) {
      const at = open()
      at.azure.calls.after('prepare', () => {
        at.azure.calls.fails(
          'instances',
          new AzureFailure('Could not list the instances.', { operation: 'list', kind }),
        )
      })
      if (kind === 'server') assert.equal((await at.signal()).result, 'succeeded')
      else
        await assert.rejects(
          at.signal(),
          /^AzureFailure: Could not list the instances\. The app was returned to Normal\.$/,
        )
      assert.equal(await isNow(at), kind === 'server' ? 'SafeToStop' : 'Normal')
    }
  })

  it('says when it could not be returned to Normal, and that it returns by itself', async () => {
    for (const [answer, expected] of [
      [
        denied,
        /could not be returned to Normal: the key is not accepted\. It returns to Normal by itself within 60 min\.$/,
      ],
      [{ kind: 'otherGeneration', because: 'x' }, /not returned to Normal, for another generation prepares it/],
    ] as const) {
      const at = open()
      await hold(at.mode.app)
      at.mode.answers('resume', answer)
      const report = await at.signal()
      assert.equal(report.result, 'failed')
      assert.match(report.message, expected)
    }
  })

  it('asks for Normal again where the reply was lost', async () => {
    const at = open()
    await hold(at.mode.app)
    at.mode.answers('resume', later)
    assert.match((await at.signal()).message, /was returned to Normal\.$/)
    assert.equal(await isNow(at), 'Normal')
  })

  it('is returned to Normal whenever it is cancelled, if it was prepared at all', async () => {
    const whole = open()
    whole.endAfter(12_000, await hold(whole.mode.app))
    await whole.signal()
    const calls = whole.azure.calls.made.length
    for (let at = 1; at <= calls; at++) {
      const { azure, mode, abort, clock, signal, endAfter } = open()
      endAfter(12_000, await hold(mode.app))
      azure.calls.onEach((count) => {
        if (count === at) abort.abort()
      })
      const begun = clock.now().getTime()
      const error: unknown = await signal().catch((thrown: unknown) => thrown)
      assert.ok(error instanceof Cancelled, `cancelled in call ${at}: ${String(error)}`)
      const prepared = azure.mutations.includes('prepare')
      assert.equal(azure.mutations.includes('resume'), prepared, `${at} ${error.message}`)
      if (prepared) assert.match(error.message, /The app was returned to Normal\.$/)
      assert.equal((await mode.app.mode()).mode, 'Normal')
      assert.ok(clock.now().getTime() - begun <= 20_000)
    }
    assert.ok(calls > 8)
  })

  it('is ended in time when it is cancelled and nothing answers any more', async () => {
    const { deps, mode, abort, clock } = open()
    await hold(mode.app)
    clock.at(10_000, () => abort.abort())
    const times: number[] = []
    const hangs = { ...deps, atLast: (ms: number) => Promise.reject(new Cancelled(String(times.push(ms)))) }
    await assert.rejects(
      signalApp(wanted, hangs, abort.signal),
      /could not be returned to Normal in time\. It returns to Normal by itself/,
    )
    assert.deepEqual(times, [3_000])
  })
})

describe('the story of a resume', () => {
  it('returns to Normal what a task of this run has prepared', async () => {
    const at = open()
    await at.signal()
    const report = await at.resume()
    assert.equal(report.result, 'succeeded', report.message)
    assert.equal(report.outputs['appMode'], 'Normal')
    assert.equal(await isNow(at), 'Normal')
  })

  it('is content with what is Normal already', async () => {
    const at = open()
    assert.match((await at.resume()).message, /is Normal already/)
    assert.deepEqual(at.azure.mutations, [])
  })

  it('changes nothing in a dry run', async () => {
    const at = open()
    await at.signal()
    assert.match((await at.resume({ dryRun: true })).message, /^Dry run: .*would return to Normal/)
    assert.equal(await isNow(at), 'SafeToStop')
  })

  it('asks again where a reply was lost', async () => {
    const at = open()
    await at.signal()
    at.mode.answers('resume', later, true)
    assert.equal((await at.resume()).result, 'succeeded')
  })

  it('fails where it cannot be read, where it is not let, and where the time is up', async () => {
    for (const [route, answer] of [
      ['mode', denied],
      ['resume', denied],
      ['resume', { kind: 'otherGeneration', because: 'another generation has prepared it' }],
      ['resume', later],
    ] as const) {
      const at = open()
      await at.signal()
      at.mode.answers(route, answer)
      const report = await at.resume({ timeoutMs: 0 })
      assert.equal(report.result, 'failed', `${route} ${answer.kind}`)
      assert.match(report.message, /could not be (?:read|returned to Normal): /)
    }
  })
})

describe('the mode for a status', () => {
  it('is what one request shows, whatever it is', async () => {
    const at = open()
    const read = async () => await readMode(wanted, at.deps, at.abort.signal)
    assert.equal((await read()).kind, 'document')
    at.mode.answers('mode', denied)
    assert.equal((await read()).kind, 'refused')
    at.azure.calls.fails(
      'key',
      new AzureFailure('Could not read the host keys.', { operation: 'read', kind: 'denied' }),
    )
    const answer = await read()
    assert.equal('because' in answer && answer.because, 'could not read the host keys')
    assert.deepEqual(at.azure.mutations, [])
  })
})
