import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { TaskIndex } from '../pipeline-runner/vsix.ts'
import type { Cast } from './cast.ts'
import { timerSwitch } from './cast.ts'
import { deploy } from './deployment.ts'
import { leftoversOf } from './leftovers.ts'
import { Ledger } from './ledger.ts'
import type { Outcome, SlotOutcome } from './outcome.ts'
import { hubOutcome } from './outcome.ts'
import type { Screen } from './screen.ts'
import { SlowOrder } from './slow-order.ts'
import { Traffic } from './traffic.ts'

export type Play = {
  readonly cast: Cast
  readonly tasks: TaskIndex
  /** Zips by version; the first one runs already. */
  readonly packages: readonly { readonly version: string; readonly path: string }[]
  readonly screen: Screen
  readonly signal: AbortSignal
}

/** Enough for an emulated host, and for the leases of the worker that the rotation cut off to run out before the cleanup. */
const settleInSeconds = 3

type Parts = Play & { readonly ledger: Ledger; readonly traffic: Traffic }

/**
 * Deploys every version after the first while orders flow, then closes the shop and tells what became of the orders.
 * @throws Error when a deployment fails or orders do not end.
 */
export async function play(given: Play): Promise<Outcome> {
  const { cast, signal } = given
  const ledger = new Ledger(cast.azure.storage.account().connectionString)
  const traffic = new Traffic(cast, signal)
  const open = new AbortController()
  const reading = new AbortController()
  const flowing = traffic.flow(AbortSignal.any([open.signal, signal]))
  const following = ledger.follow(AbortSignal.any([reading.signal, signal]))
  try {
    const parts = { ...given, ledger, traffic }
    const act = async (): Promise<Outcome> => {
      const { heldBack } = await deployAll(parts)
      open.abort()
      await flowing
      await closeShop(parts)
      return settleAccounts(parts, heldBack)
    }
    // A book that cannot be kept must end the play at once.
    return await Promise.race([act(), following.then(() => new Promise<never>(() => undefined))])
  } finally {
    open.abort()
    reading.abort()
    await Promise.allSettled([flowing, following])
  }
}

async function deployAll({ cast, tasks, packages, screen, signal, ledger, traffic }: Parts): Promise<SlowOrder> {
  const slowOrder = new SlowOrder({ traffic, ledger, screen })
  for (const [at, { version, path }] of packages.entries()) {
    if (at === 0) continue
    screen.heading(`Deployment of version ${version}`)
    const onEvent: Parameters<typeof deploy>[1]['onEvent'] = (event) => {
      screen.show(event)
      slowOrder.watch(event)
    }
    const { result } = await deploy(cast, { buildId: at + 1, package: path, settleInSeconds, tasks, signal, onEvent })
    signal.throwIfAborted()
    if (result !== 'Succeeded' && result !== 'SucceededWithIssues') {
      throw new Error(`The deployment of version ${version} did not succeed.`)
    }
    const { accepted, refused } = traffic
    screen.say(`Orders so far: ${accepted.length} accepted, ${refused} refused; ${ledger.inFlight().length} in flight.`)
  }
  return slowOrder
}

/** A message that a restart cut off stays hidden for five minutes, in Azure as here, and is then worked on again. */
const longestDrainMs = 6 * 60_000

/** No new orders: the customers have gone, and the timer that takes orders is turned off. */
async function closeShop({ cast, screen, ledger, signal }: Parts): Promise<void> {
  screen.heading('Closing the shop')
  const production = cast.app.slot()
  production.replaceSettings({ ...production.settings, [timerSwitch]: 'true' })
  await production.restart()
  for (let tries = 0; ; tries++) {
    await ledger.read()
    const { length } = ledger.inFlight()
    if (length === 0) break
    if (tries * 500 >= longestDrainMs) throw new Error(`${length} orchestrations have not ended within 6 minutes.`)
    if (tries === 60)
      screen.say('A restart seems to have cut off a step; its message comes back after five minutes, as in Azure.')
    if (tries % 20 === 0) screen.say(`Still in flight: ${length}.`)
    await delay(500, undefined, { signal })
  }
  screen.say('Every orchestration has ended.')
}

async function settleAccounts({ cast, packages, ledger, traffic }: Parts, heldBack: boolean): Promise<Outcome> {
  const { connectionString } = cast.azure.storage.account()
  const all = [...ledger.all.values()]
  const hubs = packages.map(async ({ version }, at) => {
    const hub = `orders${at + 1}`
    return hubOutcome({ version, hub, leftovers: await leftoversOf(hub, connectionString) }, all)
  })
  return {
    ...{ slots: ['production', 'staging'].map((slot) => look(cast, slot)), hubs: await Promise.all(hubs), heldBack },
    vanished: traffic.accepted.filter((id) => !ledger.has(id)).length,
  }
}

/** What a slot runs: the version in its files and the task hub in its settings. */
function look({ app }: Cast, name: string): SlotOutcome {
  const { settings, worker } = app.slot(name)
  const manifest = JSON.parse(readFileSync(join(worker.contentDir ?? '', 'package.json'), 'utf8')) as {
    version: string
  }
  return { slot: name, version: manifest.version, hub: settings['TaskHubName'] ?? 'none' }
}
