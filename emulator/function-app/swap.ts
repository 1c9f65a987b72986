// What a swap does, in the order in which App Service does it.
// learn.microsoft.com/azure/app-service/deploy-staging-slots, "What happens during a swap"
import { setTimeout as delay } from 'node:timers/promises'
import type { FunctionApp, SwapStep } from './function-app.ts'
import { PlatformError } from './operation.ts'
import type { Slot } from './slot.ts'
import { settingsInSlotOf } from './sticky.ts'
import { warmUp } from './warm-up.ts'

export type SwapTiming = {
  /** How long each step takes beyond what it does. */
  readonly stepMs: number
  /** One ping of the warm-up; Azure's is 90 s. */
  readonly warmUpTimeoutMs: number
  readonly warmUpAttempts: number
}

type Swap = { readonly app: FunctionApp; readonly source: Slot; readonly target: Slot }

/**
 * Swaps two slots:
 * 1. the source gets the target's sticky settings and restarts,
 * 2. the restart is waited for,
 * 3. the source is warmed up; no answer: everything is put back,
 * 4. routing is switched: the processes change places,
 * 5. the old process, now in the source slot, gets that slot's sticky settings and restarts.
 * Throws PlatformError when the source does not come up.
 */
export async function swapSlots(swap: Swap): Promise<void> {
  const { app, source, target } = swap
  const sourceBefore = app.beforePreview ?? source.settings
  const targetBefore = target.settings
  if (source.targetSwapSlot === undefined) await applyTargetSettings(swap)
  else source.targetSwapSlot = undefined
  app.beforePreview = undefined
  if (app.swapsLeftHalfDone > 0) {
    app.swapsLeftHalfDone--
    app.beforePreview = sourceBefore
    source.targetSwapSlot = target.name
    throw failure(500, 'InternalServerError', 'There was an unexpected InternalServerError. Please try again later.')
  }
  try {
    await bringUp(swap)
  } catch (error) {
    await putBack(swap, sourceBefore)
    throw error
  }
  await step(swap, 'routing', source)
  const promoted = source.worker
  source.adopt(target.worker)
  target.adopt(promoted)
  target.replaceSettings(source.settings)
  if (app.oldProcessMs > 0) await delay(app.oldProcessMs, undefined, { signal: app.signal })
  await step(swap, 'settings', source)
  source.replaceSettings(settingsInSlotOf(targetBefore, sourceBefore, app.stickySettings))
  app.record('restart', source)
  await source.restart()
  const status = {
    timestampUtc: new Date().toISOString(),
    sourceSlotName: source.name,
    destinationSlotName: target.name,
  }
  source.slotSwapStatus = status
  target.slotSwapStatus = status
}

/** Phase one of a swap with preview, and the first step of every swap. */
export async function applyTargetSettings(swap: Swap): Promise<void> {
  const { app, source, target } = swap
  await step(swap, 'settings', source)
  source.replaceSettings(settingsInSlotOf(source.settings, target.settings, app.stickySettings))
  app.record('restart', source)
  await source.restart()
}

/** Gives the source its own settings again. */
export async function putBack(swap: Pick<Swap, 'app' | 'source'>, settings: Slot['settings']): Promise<void> {
  const { app, source } = swap
  app.record('revert', source)
  source.replaceSettings(settings)
  app.record('restart', source)
  await source.restart()
}

async function bringUp(swap: Swap): Promise<void> {
  const { app, source } = swap
  const { caPem, signal } = app
  const { warmUpAttempts: attempts, warmUpTimeoutMs: timeoutMs } = app.timing
  const started = await Promise.race([
    source.host?.ready.then(
      () => true,
      () => false,
    ) ?? false,
    delay(attempts * timeoutMs, true, { signal, ref: false }).catch(() => false),
  ])
  if (!started)
    throw failure(
      400,
      'BadRequest',
      `Cannot swap slots for site '${app.name}' because the worker process for '${source.name}' slot could not be started.`,
    )
  await step(swap, 'warmUp', source)
  if (await warmUp(source, { caPem, attempts, timeoutMs, signal })) return
  throw failure(
    417,
    'ExpectationFailed',
    `Cannot swap site slots for site '${app.name}' because the '${source.name}' slot did not respond to http ping.`,
  )
}

function failure(status: number, code: string, message: string): PlatformError {
  return new PlatformError({ status, code, message })
}

async function step({ app }: Swap, name: SwapStep, slot: Slot): Promise<void> {
  app.record(name, slot)
  await delay(app.timing.stepMs, undefined, { signal: app.signal })
}
