import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Listed } from '../suites.ts'
import type { Failure, FromWorker } from './messages.ts'
import type { RunOptions } from './options.ts'
import type { WorkerProcess } from './worker-process.ts'
import { startWorker } from './worker-process.ts'

export type Played = {
  readonly suite: string
  readonly shows: string
  /** How many cases there are, how many were chosen, and how many of these were played. */
  readonly cases: number
  readonly chosen: number
  readonly played: number
  readonly failures: readonly Failure[]
  /** Cases in which nothing was wrong, and in which what they are about did not come to be. */
  readonly notReached: readonly Failure[]
  /** What went wrong with the suite itself. */
  readonly broken: readonly string[]
  readonly figures: Readonly<Record<string, number>>
  readonly seconds: number
}

/** A case that says nothing for so long is taken for hung, and its process is ended. Opening a world takes long too. */
const patienceMs = 180_000
/** Cases that are handed out together take about this long. */
const batchMs = 300
/** A suite whose processes end this often by themselves is broken. */
const mostRestarts = 20

export type Listener = {
  /** How far it is. */
  readonly progress: (text: string) => void
  readonly failure: (failure: Failure) => void
}

/** Plays the chosen cases of one suite in several processes. */
export async function playSuite(listed: Listed, options: RunOptions, listener: Listener): Promise<Played> {
  const started = performance.now()
  const failures: Failure[] = []
  const notReached: Failure[] = []
  const broken: string[] = []
  const figures: Record<string, number> = {}
  const workers = new Set<WorkerProcess>()
  let shows = ''
  let cases = 0
  let waiting: number[] | undefined
  let chosen = 0
  let played = 0
  let playMs = 0
  let playingSince = 0
  let restarts = 0
  let oneByOne = false

  const onExit = () => {
    for (const worker of workers) worker.kill()
  }
  process.once('exit', onExit)
  const folder = mkdtempSync(join(tmpdir(), 'faults-shared-'))
  try {
    await Promise.all(Array.from({ length: jobsFor(options) }, () => work()))
  } finally {
    rmSync(folder, { recursive: true, force: true })
    process.off('exit', onExit)
  }
  const seconds = (performance.now() - started) / 1000
  for (const list of [failures, notReached]) list.sort((left, right) => left.index - right.index)
  return { suite: listed.name, shows, cases, chosen, played, failures, notReached, broken, figures, seconds }

  /** One process after the other: where one ends without having been told to, the next one goes on. */
  async function work(): Promise<void> {
    while (broken.length === 0 && (waiting === undefined || waiting.length > 0) && restarts < mostRestarts) {
      const worker = startWorker(listed, options, folder)
      workers.add(worker)
      try {
        if (await converse(worker)) return
        restarts += 1
      } finally {
        worker.kill()
        workers.delete(worker)
      }
    }
    if (restarts >= mostRestarts && waiting !== undefined && waiting.length > 0) {
      broken.push(`its processes ended ${restarts} times; ${waiting.splice(0).length} cases were not played`)
    }
  }

  /** Answers whether the process has done all that was asked of it. */
  async function converse(worker: WorkerProcess): Promise<boolean> {
    let batch: readonly number[] = []
    let begun = 0
    for (;;) {
      const message = await worker.next(patienceMs)
      switch (message.kind) {
        case 'opened':
          accept(message)
          break
        case 'begins':
          continue
        case 'played':
          played += message.cases
          playMs += performance.now() - begun
          message.failures.forEach(fail)
          notReached.push(...message.notReached)
          listener.progress(`${played} of ${chosen} cases, ${failures.length} failed`)
          break
        case 'closed':
          addFigures(figures, message.figures)
          return true
        case 'broken':
          broken.push(message.because)
          return true
        case 'ended': {
          if (batch.length === 0) {
            broken.push(`it could not be opened: ${message.because}`)
            return true
          }
          waiting?.unshift(...batch)
          // Of a batch it is not known which one it was: they are played again one by one.
          if (batch.length === 1) {
            fail({ index: waiting?.shift() ?? 0, because: message.because })
            played += 1
          }
          oneByOne = true
          return false
        }
      }
      batch = takeBatch()
      begun = performance.now()
      worker.tell(batch.length > 0 ? { kind: 'play', cases: batch } : { kind: 'close' })
    }
  }

  function fail(failure: Failure): void {
    failures.push(failure)
    listener.failure(failure)
  }

  function accept(opened: Extract<FromWorker, { kind: 'opened' }>): void {
    if (waiting === undefined) {
      ;({ shows, cases } = opened)
      playingSince = performance.now()
      const asked = options.cases.filter((index) => index < cases)
      if (asked.length < options.cases.length) broken.push(`it has cases 0 to ${cases - 1} only`)
      waiting = options.cases.length > 0 ? asked : Array.from({ length: cases }, (_, index) => index)
      chosen = waiting.length
    } else if (opened.cases !== cases) {
      broken.push(`one process found ${cases} cases, another ${opened.cases}: a number does not name one case`)
    }
  }

  function takeBatch(): number[] {
    if (waiting === undefined || broken.length > 0) return []
    const over = (performance.now() - playingSince) / 1000 > listed.shortSeconds
    if (options.form === 'short' && options.cases.length === 0 && over) return []
    if (oneByOne) return waiting.splice(0, 1)
    const each = played === 0 ? batchMs : playMs / played
    const fair = Math.ceil(waiting.length / (2 * jobsFor(options)))
    return waiting.splice(0, Math.max(1, Math.min(fair, 500, Math.floor(batchMs / Math.max(each, 0.01)))))
  }
}

function jobsFor({ jobs, cases }: RunOptions): number {
  return cases.length > 0 ? Math.min(jobs, cases.length) : jobs
}

/** Figures named `most …` are maxima, others are added up. */
function addFigures(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) {
    const known = sum[name]
    sum[name] = known === undefined ? value : name.startsWith('most ') ? Math.max(known, value) : known + value
  }
}
