// The wait of this project on a clock that does not sleep, for so many looks.
import { waitUntilIdle } from '../../../core/task-hub/idle-proof/prove-idle.ts'
import type { LookAtHub } from '../../../core/task-hub/idle-proof/evidence.ts'
import { lookOf } from './open-hub.ts'
import { report } from './report.ts'

const pollIntervalMs = 15_000

await report(async (job) => {
  const look = lookOf(job)
  let looks = 0
  let now = 0
  const counted: LookAtHub = (signal, ask) => {
    looks += 1
    return look(signal, ask)
  }
  const clock = {
    now: () => new Date(now),
    sleep: (ms: number) => {
      now += ms
      return Promise.resolve()
    },
  }
  const log = { info: () => undefined, warn: () => undefined, progress: () => undefined }
  const wanted = { timeoutMs: pollIntervalMs * ((job.polls ?? 1) - 1), pollIntervalMs, quietPeriodMs: 30_000 }
  const { evidence } = await waitUntilIdle({ look: counted, clock, log }, wanted, new AbortController().signal)
  return { verdict: evidence.verdict, because: evidence.because, looks }
})
