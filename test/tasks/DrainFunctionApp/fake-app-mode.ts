import assert from 'node:assert/strict'
import type { AppMode } from '../../../app-mode/src/index.ts'
import { createAppMode } from '../../../app-mode/src/index.ts'
import { readModeDocument } from '../../../core/app-mode/mode-document.ts'
import type { AppModeAddress, AppModeAzure, AppModeEndpoint, ModeAnswer } from '../../../core/app-mode/ports.ts'
import type { FakeCalls } from '../../support/fake-calls.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

type Route = 'prepare' | 'mode' | 'resume'

/** The App Mode of one slot: the real module in memory, without a network, and with answers that a test gives in its place. */
export class FakeAppMode implements AppModeAzure {
  readonly #calls: FakeCalls
  readonly #clock: FakeClock
  #odd: { readonly route: Route; readonly answer: ModeAnswer; readonly effect: boolean }[] = []
  app: AppMode
  listed = 1
  key: string | undefined = 'default-key'
  readonly opened: AppModeAddress[] = []

  constructor(calls: FakeCalls, clock: FakeClock) {
    this.#calls = calls
    this.#clock = clock
    this.app = this.#start()
  }

  #start(): AppMode {
    const now = () => this.#clock.now().getTime()
    return createAppMode({ clock: { now, ticks: now, after: () => () => undefined } })
  }

  /** A process that knows nothing of what was before. */
  restart(): void {
    this.app = this.#start()
  }

  /** What the next request of that route is answered, without effect unless said otherwise. */
  answers(route: Route, answer: ModeAnswer, effect = false): void {
    this.#odd.push({ route, answer, effect })
  }

  open(address: AppModeAddress): AppModeEndpoint {
    this.opened.push(address)
    return {
      prepare: (hold, signal) =>
        this.#calls.change('prepare', 'prepare', signal, () => this.#ask('prepare', hold)).then(settle),
      read: (signal) => this.#calls.read('mode', signal, () => this.#ask('mode')).then(settle),
      resume: (generation, signal) =>
        this.#calls.change('resume', 'resume', signal, () => this.#ask('resume', { generation })).then(settle),
    }
  }

  async instances(_app: unknown, _slot: unknown, signal: AbortSignal): Promise<number> {
    return await this.#calls.read('instances', signal, () => this.listed)
  }

  async defaultHostKey(_app: unknown, _slot: unknown, signal: AbortSignal): Promise<string | undefined> {
    return await this.#calls.read('key', signal, () => this.key)
  }

  /** The effect comes at once, what is answered may wait. */
  #ask(route: Route, body?: object): () => Promise<ModeAnswer> {
    const at = this.#odd.findIndex((each) => each.route === route)
    const [odd] = at < 0 ? [] : this.#odd.splice(at, 1)
    if (odd && !odd.effect) return () => Promise.resolve(odd.answer)
    const request = {
      method: route === 'mode' ? 'GET' : 'POST',
      url: `/${route}`,
      text: () => Promise.resolve(JSON.stringify(body)),
    }
    const answered = this.app.handle(request)
    return async () => {
      const { status, body: text } = await answered
      if (odd) return odd.answer
      if (status === 409) return { kind: 'otherGeneration', because: 'another generation has prepared it' }
      assert.equal(status, 200, text)
      const document = readModeDocument(JSON.parse(text))
      assert.ok(!('problem' in document), text)
      return { kind: 'document', document }
    }
  }
}

async function settle(answer: () => Promise<ModeAnswer>): Promise<ModeAnswer> {
  return await answer()
}
