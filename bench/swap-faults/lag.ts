// How long after the platform has finished a swap a task knows it.
import { hash } from '../idle-proof/server/random.ts'
import type { Client, World } from './world.ts'

export type Lag = {
  readonly client: Client
  /** How long the swap took on the platform. */
  readonly swapSeconds: number
  /** Undefined where the task did not get to know it. */
  readonly lagSeconds: number | undefined
}

/** What the stock task waits between two polls where Azure says nothing (AzureServiceClientBase.js `sleepDuration`). */
const stockPollSeconds = 15

/** What each prints first when it knows that the swap is done; ours has then proven it and written it down. */
const knows: Readonly<Record<Client, RegExp>> = {
  stock: /^The swap is done\.$/,
  ours: /^Asking whether slot 'production' is healthy\.$/,
}

/**
 * How long the new version takes to start in each of `count` swaps, in milliseconds: spread over one poll of the stock task,
 * seeded, so that no moment between two polls is favoured.
 */
export function startTimes(count: number, shortestMs: number, seed: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => {
    const share = (at + hash(seed, at) / 2 ** 32) / count
    return Math.round(shortestMs + 1000 * stockPollSeconds * share)
  })
}

/** One swap without a fault, on an app of its own. */
export async function measureLag(world: World, run: { client: Client; app: string; startMs: number }): Promise<Lag> {
  const { client, startMs } = run
  const app = await world.app(run.app, startMs)
  const path = new RegExp(`/sites/${app.name}/slots/staging/slotsswap\\b`, 'i')
  let began = 0
  let ended: number | undefined
  let known: number | undefined
  const watched = world.azure.requests.next({ service: 'arm', method: 'POST', path, effect: true }).then(async () => {
    began = performance.now()
    await app.running?.over
    ended = performance.now()
  })
  const { result, message } = await world.swap(client, app, (line) => {
    if (knows[client].test(line)) known ??= performance.now()
  })
  if (result !== 'Succeeded') throw new Error(`A swap without a fault failed (${client}): ${message}`)
  await watched
  const lagSeconds = ended === undefined || known === undefined ? undefined : (known - ended) / 1000
  return { client, swapSeconds: ((ended ?? began) - began) / 1000, lagSeconds }
}
