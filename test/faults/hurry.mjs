// A preload that makes all time of its process run faster: node --import "<this file>?factor=30&from=<ms>&start=<ms>".
// At the real moment `from` it is `start`, and from then on every real second counts as `factor` seconds, so that all
// processes with the same three numbers agree on one clock. `skew` puts the clock of one process wrong by some ms, `peak`
// names a file that takes the most memory that the process ever had (in bytes) when it ends.
// Left as they are: idle times of sockets, which belong to the pools of connections, and work, which takes its real time.
import { writeFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { URL } from 'node:url'
import { promisify } from 'node:util'
import { peakMemory } from './peak-memory.mjs'

const known = Symbol.for('durable-safe-deployment/hurry')
if (!(known in globalThis)) hurry(new URL(import.meta.url).searchParams)

function hurry(asked) {
  const number = (name, otherwise) => Number(asked.get(name) ?? otherwise)
  const real = { Date, now: performance.now.bind(performance), origin: performance.timeOrigin }
  const realNow = () => real.origin + real.now()
  const clock = { factor: number('factor', 1), from: number('from', realNow()), start: number('start', realNow()) }
  Object.defineProperty(globalThis, known, { value: { realNow, asked: { ...clock }, timers: realTimers() } })
  clock.start += number('skew', 0)
  const now = () => clock.start + (realNow() - clock.from) * clock.factor
  const born = now()
  hurryDate(real.Date, now)
  hurryMonotonic(() => now() - born, born)
  hurryTimers(() => clock.factor)
  realAfterSignal()
  const peak = asked.get('peak')
  if (peak !== null) process.on('exit', () => writeFileSync(peak, String(peakMemory())))

  // What a cancelled process does in its last seconds counts in real ones, the agent's patience being real too. Nothing
  // listens here: a listener would keep Node from ending a process that has none yet.
  function realAfterSignal() {
    const emit = process.emit
    process.emit = function (event, ...rest) {
      if ((event === 'SIGINT' || event === 'SIGTERM') && asked.get('untilSignal') !== null && clock.factor !== 1) {
        Object.assign(clock, { start: now(), from: realNow(), factor: 1 })
      }
      return emit.call(this, event, ...rest)
    }
  }
}

function realTimers() {
  return { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
}

function hurryDate(RealDate, now) {
  const whole = () => Math.floor(now())
  const HurriedDate = new Proxy(RealDate, {
    apply: () => new RealDate(whole()).toString(),
    construct: (target, args, made) =>
      Reflect.construct(target, args.length === 0 ? [whole()] : args, made === HurriedDate ? target : made),
  })
  RealDate.now = whole
  RealDate.prototype.constructor = HurriedDate
  globalThis.Date = HurriedDate
}

function hurryMonotonic(sinceBirthMs, born) {
  Object.defineProperty(performance, 'now', { value: sinceBirthMs, configurable: true, writable: true })
  Object.defineProperty(performance, 'timeOrigin', { value: born, configurable: true })
  const bigint = () => BigInt(Math.floor(sinceBirthMs() * 1e6))
  const hrtime = (before) => {
    const total = bigint() - (before === undefined ? 0n : BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]))
    return [Number(total / 1_000_000_000n), Number(total % 1_000_000_000n)]
  }
  process.hrtime = Object.assign(hrtime, { bigint })
  process.uptime = () => sinceBirthMs() / 1000
}

function hurryTimers(factor) {
  const require = createRequire(import.meta.url)
  const timers = require('node:timers')
  const promises = require('node:timers/promises')
  // Longer than Node's timers can be: left to fire at once, as it would without the hurry.
  const shorter = (ms) => (typeof ms === 'number' && ms <= 2 ** 31 - 1 ? ms / factor() : ms)
  for (const name of ['setTimeout', 'setInterval']) {
    const started = timers[name]
    timers[name] = globalThis[name] = (act, ms, ...rest) => started(act, shorter(ms), ...rest)
    const promised = promises[name]
    promises[name] = (ms, ...rest) => promised(shorter(ms), ...rest)
  }
  timers.setTimeout[promisify.custom] = promises.setTimeout
  const wait = promises.scheduler.wait.bind(promises.scheduler)
  promises.scheduler.wait = (ms, ...rest) => wait(shorter(ms), ...rest)
  const { AbortSignal } = globalThis
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  AbortSignal.timeout = (ms) => timeout(Math.max(0, Math.round(shorter(ms))))
  syncBuiltinESMExports()
}
