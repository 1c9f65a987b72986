// A process of an app, as a test drives it: what it is told comes as messages, what it finds goes back as messages.
import { setTimeout as pause } from 'node:timers/promises'
import { createAppMode } from '../../app-mode/src/index.ts'

const rhythm = { beatMs: 50, preparingBeatMs: 20, deadAfterMs: 2_000 }
const app = createAppMode({ directory: process.argv[2] ?? '', ...rhythm })
const text = (body: unknown) => () => Promise.resolve(JSON.stringify(body))
let endHeld = (): void => undefined
let going = false
let begun = 0
let refused = 0

/** Begins one short item after another, and tells the test when one begins or ends. */
async function work(): Promise<void> {
  while (going) {
    try {
      await app.run('short', async () => {
        begun++
        await pause(1)
      })
    } catch {
      refused++
      await pause(1)
    }
  }
}

const acts: Record<string, (body: unknown) => Promise<unknown>> = {
  mode: async () => await app.handle({ method: 'GET', url: '/mode', text: text('') }),
  prepare: async (body) => await app.handle({ method: 'POST', url: '/prepare', text: text(body) }),
  resume: async (body) => await app.handle({ method: 'POST', url: '/resume', text: text(body) }),
  hold: async () => {
    await new Promise<void>((resolve, reject) => {
      app
        .run('held', async () => {
          resolve()
          await new Promise<void>((end) => (endHeld = end))
        })
        .catch(reject)
    })
  },
  end: () => {
    endHeld()
    return Promise.resolve()
  },
  work: () => {
    going = true
    void work()
    return Promise.resolve()
  },
  rest: () => {
    going = false
    return Promise.resolve()
  },
  count: () => Promise.resolve({ begun, refused }),
}

process.on('message', ({ id, act, body }: { id: number; act: string; body: unknown }) => {
  Promise.resolve(acts[act]?.(body)).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  )
})
