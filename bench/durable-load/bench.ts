import { setTimeout as delay } from 'node:timers/promises'
import { Operation } from '../../emulator/function-app/operation.ts'
import { swapSlots } from '../../emulator/function-app/swap.ts'
import type { Bar, Bench, BenchOptions, Measured } from '../bench.ts'
import { atLeast, atMost } from '../bench.ts'
import type { Ended } from './count.ts'
import { countEnds, countOpen } from './count.ts'
import type { Start } from './load.ts'
import { offer } from './load.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

/** What is left after the last start is waited for so long. */
const drainMs = 30 * 60_000

export const durableLoad: Bench = {
  about: 'orchestrations started all the while the slots are swapped: does every one end, once, where it began?',
  numbers: ['seconds', 'rate'],
  run: measure,
}

async function measure({ quick, say, numbers }: BenchOptions): Promise<Measured> {
  const seconds = numbers['seconds'] ?? (quick ? 10 : 60)
  const rate = numbers['rate'] ?? (quick ? 50 : 200)
  const stage = await openStage()
  try {
    say(`${rate} starts a second for ${seconds} s, a swap after half of it`)
    const began = performance.now()
    const offering = offer({ hostName: stage.app.slot().hostName, caPem: stage.azure.caPem, seconds, rate })
    const swap = await swapAfter(stage, (seconds * 1000) / 2, began)
    say(`swapped within ${((swap.overMs - swap.beganMs) / 1000).toFixed(1)} s`)
    const starts = await offering
    const offeredMs = Math.max(...starts.map(({ sentAt }) => sentAt))
    const answeredMs = performance.now() - began
    const drained = await drain(stage, say)
    const ended = await countEnds(stage.hubs, starts)
    const reached = ended.accepted / (Math.max(offeredMs, seconds * 1000) / 1000)
    const drainedMs = performance.now() - began - answeredMs
    const figures = { seconds, rate, offeredMs, answeredMs, drainedMs, drained, swap, reached, ...ended }
    return {
      bars: barsOf(ended, reached / rate),
      details: { ...figures, ...latency(starts) },
      tables: tablesOf(figures, starts),
    }
  } finally {
    await stage.stop()
  }
}

async function swapAfter({ app }: Stage, afterMs: number, began: number) {
  await delay(afterMs)
  const beganMs = performance.now() - began
  const act = () => swapSlots({ app, source: app.slot('staging'), target: app.slot() })
  const operation = app.begin(new Operation('SwapSiteSlots', 'staging', act))
  await operation.over
  if (operation.problem) throw operation.problem
  return { beganMs, overMs: performance.now() - began }
}

/** True when nothing is left in flight. */
async function drain({ hubs }: Stage, say: BenchOptions['say']): Promise<boolean> {
  const deadline = performance.now() + drainMs
  for (;;) {
    const open = await countOpen(hubs)
    if (open === 0) return true
    if (performance.now() > deadline) return false
    say(`${open} orchestrations have not ended`)
    await delay(5_000)
  }
}

function barsOf(ended: Ended, share: number): readonly Bar[] {
  const { missing, inOtherHub, notEnded, failed, endedTwice, byOtherCode } = ended
  return [
    atMost(
      'accepted starts that did not end exactly once where they began',
      missing + inOtherHub + notEnded + endedTwice,
      0,
    ),
    atMost("accepted starts that failed, or ended with another version's code", failed + byOtherCode, 0),
    atLeast('accepted starts a second, of those asked for', share, 0.9),
  ]
}

function latency(starts: readonly Start[]) {
  const took = starts.filter(({ version }) => version !== undefined).map(({ tookMs }) => tookMs)
  took.sort((left, right) => left - right)
  const at = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0)
  return { medianMs: at(0.5), p99Ms: at(0.99) }
}

function refusals(starts: readonly Start[]): string {
  const counts = new Map<string, number>()
  for (const { refused } of starts) if (refused !== undefined) counts.set(refused, (counts.get(refused) ?? 0) + 1)
  return [...counts].map(([why, times]) => `${times} x ${why}`).join(', ') || 'none'
}

type Figures = Ended & {
  readonly reached: number
  readonly answeredMs: number
  readonly drainedMs: number
  readonly swap: { readonly beganMs: number; readonly overMs: number }
}

function tablesOf(figures: Figures, starts: readonly Start[]): Measured['tables'] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const { medianMs, p99Ms } = latency(starts)
  const { acceptedBy, swap } = figures
  const rows = [
    ['', 'value'],
    ['starts asked for', String(starts.length)],
    ['accepted', String(figures.accepted)],
    ['accepted by the old version, by the new', `${acceptedBy['A'] ?? 0}, ${acceptedBy['B'] ?? 0}`],
    ['accepted a second', figures.reached.toFixed(1)],
    ['refused', refusals(starts)],
    ['refused as the client saw it, but there', String(figures.unasked)],
    ['time of an accepted start, median and 99 %', `${medianMs} ms, ${p99Ms} ms`],
    ['the swap', `from ${seconds(swap.beganMs)} to ${seconds(swap.overMs)}`],
    ['last answer after', seconds(figures.answeredMs)],
    ['drained after the last answer', seconds(figures.drainedMs)],
    ['missing', String(figures.missing)],
    ['in the other hub', String(figures.inOtherHub)],
    ['not ended', String(figures.notEnded)],
    ['ended twice', String(figures.endedTwice)],
    ['failed', String(figures.failed)],
    ["ended with the other version's code", String(figures.byOtherCode)],
  ]
  return [{ title: 'Orchestrations started through a swap', rows }]
}
