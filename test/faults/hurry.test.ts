import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HurriedClock, Twist } from './hurry.ts'
import { hurriedClock, hurryPreload, realNow } from './hurry.ts'

const factor = 50
/** What one process may be behind another when both are asked at nearly the same time: 200 ms of real time. */
const nearlyMs = 200 * factor

describe('A hurried process', () => {
  it('agrees with another on the time, whenever each was started', async () => {
    const clock = hurriedClock(factor)
    const first = await told(clock, 'console.log(Date.now(), new Date().getTime())')
    const second = await told(clock, 'console.log(Date.now(), new Date().getTime())')

    const now = clock.start + (realNow() - clock.from) * factor
    for (const [time = 0, date = 0] of [first, second]) {
      assert.ok(time > clock.start && time < now, `${time} is not between ${clock.start} and ${now}`)
      assert.ok(Math.abs(time - date) < nearlyMs)
    }
    assert.ok((second[0] ?? 0) > (first[0] ?? 0))
  })

  it('waits in hurried seconds, with every kind of timer', async () => {
    const code = `
      const { setTimeout: delay } = await import('node:timers/promises')
      const { promisify } = await import('node:util')
      const from = Date.now(), moment = performance.now(), high = process.hrtime()
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      await delay(10_000)
      await promisify(setTimeout)(10_000)
      const alive = setInterval(() => undefined, 1000)
      await new Promise((resolve) => (AbortSignal.timeout(10_000).onabort = resolve))
      clearInterval(alive)
      console.log(Date.now() - from, performance.now() - moment, process.hrtime(high)[0] * 1000)`
    const started = realNow()
    const passed = await told(hurriedClock(factor), code)
    const real = realNow() - started

    for (const ms of passed) assert.ok(ms > 38_000 && ms < real * factor, `${ms} ms in ${real} real ones`)
    assert.ok(real < 20_000)
  })

  it('can have a clock that is five minutes wrong', async () => {
    const clock = hurriedClock(factor)
    const code = 'console.log(Date.now())'
    const [[right = 0], [early = 0]] = await Promise.all([told(clock, code), told(clock, code, { skewMs: -300_000 })])

    assert.ok(right - early > 300_000 - 10 * nearlyMs && right - early < 300_000 + 10 * nearlyMs, `${right - early}`)
  })

  it('lives in real time after a signal where that is asked for, and still ends of a signal that nobody takes', async () => {
    const code = `
      process.once('SIGINT', () => {
        const from = Date.now()
        setTimeout(() => console.log(Date.now() - from), 500)
      })
      process.kill(process.pid, 'SIGINT')
      setTimeout(() => undefined, 10_000)`
    const [passed = 0] = await told(hurriedClock(factor), code, { untilSignal: true })

    assert.ok(passed >= 499 && passed < 500 + nearlyMs, `${passed}`)
    const ended = await run(hurriedClock(factor), "process.kill(process.pid, 'SIGINT'); setTimeout(() => {}, 1e6)", {
      untilSignal: true,
    })
    assert.equal(ended.signal, 'SIGINT')
  })

  it('tells the most memory that it ever had', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hurry-'))
    try {
      const peakFile = join(folder, 'peak')
      await told(hurriedClock(factor), 'let b = Buffer.alloc(150_000_000, 1); b = undefined', { peakFile })
      const bytes = Number(readFileSync(peakFile, 'utf8'))
      assert.ok(bytes > 150_000_000 && bytes < 400_000_000, String(bytes))
      // What the process has that started it is none of its own.
      const ours = Buffer.alloc(400_000_000, 1)
      await told(hurriedClock(factor), '', { peakFile })
      assert.ok(Number(readFileSync(peakFile, 'utf8')) < ours.length / 2)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** The numbers that a process prints. */
async function told(clock: HurriedClock, code: string, twist: Twist = {}): Promise<number[]> {
  const { output, signal } = await run(clock, code, twist)
  assert.equal(signal, null, output)
  const numbers = output.split(/\s+/).filter((text) => text !== '')
  for (const text of numbers) assert.match(text, /^[\d.e-]+$/, output)
  return numbers.map(Number)
}

function run(clock: HurriedClock, code: string, twist: Twist) {
  const args = ['--import', hurryPreload(clock, twist), '--input-type=module', '-e', code]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise<{ output: string; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (_, signal) => resolve({ output, signal })),
  )
}
