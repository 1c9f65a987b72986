import { asClause, AzureFailure, Cancelled, mayPassLater, Refusal, saying } from '../../core/failures.ts'
import type { Settings, SlotName } from '../../core/function-app/picture.ts'
import { findSlot } from '../../core/function-app/picture.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { findHub, hubInWords } from '../../core/function-app/slot-hub.ts'
import type { Fence } from '../../core/record/fence.ts'
import { differingSettings, withSetting } from '../../core/rotate/merge.ts'
import { unmoved } from '../../core/function-app/unmoved.ts'
import { causeOf } from '../../core/swap/cause.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { sameHubName } from '../../core/task-hub/name.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'

type Change = {
  readonly slot: SlotName
  readonly from: SlotHub
  readonly to: HubName
  /** Run right before the settings are written. */
  readonly fence: Fence
  /** Told once it is known whether they were written. */
  readonly settled: () => void
}

/** Lost answers after which the settings are sent again; each time the slot was read and had not changed. */
const mostSends = 4
/** No further try begins after so long. */
const mostMs = 300_000
const readingsAfterLostReply = 4
const pauseMs = 3_000
const busyPauseMs = 15_000
/** A fence that took longer leaves what was read before it too old to write. */
const longestFenceMs = 5_000

type Sent = { readonly kind: 'written' } | { readonly kind: 'notWritten'; readonly error: AzureFailure }

/**
 * Changes the one setting and keeps all others: reads them now, merges, writes the whole set, reads back. After an answer
 * that was lost the slot is read, and the set is sent again only where it was seen unchanged several times and Azure is
 * known to have failed on the way; it is merged anew from what is there then. While Azure is busy it waits, reads, and
 * tries again. Throws `Refusal` where the hub has moved since it was looked at, and `AzureFailure`.
 */
export async function writeHubSetting(deps: Deps, app: OpenApp, change: Change, signal: AbortSignal): Promise<void> {
  const run = { sends: 0, startedAt: deps.clock.now().getTime() }
  let written: Settings | undefined
  try {
    for (;;) {
      const before = await slotNow(app, change.slot, signal)
      // An answer that was lost: what it answered came late.
      if (written && hasHub(before.hub, change.to)) break
      requireUnmoved(before.hub, change)
      const settings = withSetting(before.settings, change.from.settingKey, change.to)
      if (!(await passFence(deps, app, { ...change, before: before.settings }, signal))) {
        requireTime(deps, run, change)
        continue
      }
      if (!written) {
        const { settingKey } = change.from
        deps.log.info(`Setting '${settingKey}' of slot '${change.slot}' to '${change.to}'; Azure restarts the slot.`)
      }
      written = settings
      const sent = await send(deps, app, { ...change, settings }, signal)
      if (sent.kind === 'written') break
      await waitForAnother(deps, run, { change, error: sent.error }, signal)
    }
    change.settled()
    await readBack(app, { ...change, settings: written }, signal)
  } catch (error) {
    throw error instanceof Cancelled && written ? cancelled(change) : error
  }
}

function requireUnmoved(hub: SlotHub, { slot, from }: Change): void {
  if (unmoved(hub, from)) return
  throw new Refusal(
    `Slot '${slot}' was given ${hubInWords(hub)} by somebody else since this task looked at it. Nothing was changed. Run again.`,
  )
}

/** False where the fence took long and the settings have changed meanwhile: they are read and merged anew. */
async function passFence(
  { clock }: Deps,
  app: OpenApp,
  change: Change & { readonly before: Settings },
  signal: AbortSignal,
): Promise<boolean> {
  const since = clock.now().getTime()
  await change.fence(`give slot '${change.slot}' task hub '${change.to}'`, signal)
  const fenced = clock.now().getTime()
  if (fenced - since <= longestFenceMs) return true
  const now = await slotNow(app, change.slot, signal)
  return differingSettings(change.before, now.settings).length === 0 && clock.now().getTime() - fenced <= longestFenceMs
}

/** Writes once. Throws `AzureFailure` where it is final, or where its answer was not understood and the slot shows no change. */
async function send(
  deps: Deps,
  app: OpenApp,
  change: Change & { readonly settings: Settings },
  signal: AbortSignal,
): Promise<Sent> {
  try {
    await deps.azure.apps.writeSettings(app.address, change.slot, change.settings, signal)
    return { kind: 'written' }
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    if (!error.mayHaveHappened) {
      change.settled()
      if (!isBusy(error)) throw withoutChange(error)
      return { kind: 'notWritten', error: withoutChange(error) }
    }
    deps.log.warn(`The answer to the change of settings was lost (${asClause(error.message)}), so the slot is read.`)
    if (await seeWhetherWritten(deps, app, change, signal)) return { kind: 'written' }
    if (!mayPassLater(error)) throw error
    return { kind: 'notWritten', error }
  }
}

function isBusy({ status, code, message }: AzureFailure): boolean {
  const problem = { message, ...(status !== undefined && { status }), ...(code !== undefined && { code }) }
  return ['busy', 'throttled', 'prepared'].includes(causeOf(problem).cause)
}

function withoutChange(error: AzureFailure): AzureFailure {
  return saying(error, `${error.message} No setting was changed.`, { mayHaveHappened: false })
}

type Run = { sends: number; readonly startedAt: number }

/** Waits until the settings may be sent again. Throws the failure where they were sent often enough, or for long enough. */
async function waitForAnother(
  { clock, log }: Deps,
  run: Run,
  { change, error }: { readonly change: Change; readonly error: AzureFailure },
  signal: AbortSignal,
): Promise<void> {
  const lost = error.mayHaveHappened
  if (lost && ++run.sends >= mostSends) throw error
  const pause = lost ? pauseMs : busyPauseMs
  if (clock.now().getTime() + pause - run.startedAt > mostMs) throw error
  log.warn(`Slot '${change.slot}' is unchanged, so its settings are sent again once it was read. ${error.message}`)
  await clock.sleep(pause, signal)
}

function requireTime({ clock }: Deps, { startedAt }: Run, { slot, to }: Change): void {
  if (clock.now().getTime() - startedAt <= mostMs) return
  throw new Refusal(
    `The app settings of slot '${slot}' changed each time before task hub '${to}' could be written, or the deployment lock took too ` +
      'long to renew. Nothing was changed. Run again when nobody else changes them.',
  )
}

async function readBack(
  app: OpenApp,
  change: Change & { readonly settings: Settings },
  signal: AbortSignal,
): Promise<void> {
  const after = await slotNow(app, change.slot, signal)
  const others = differingSettings(change.settings, after.settings)
  if (others.length > 0) {
    throw new Refusal(
      `Slot '${change.slot}' has other app settings than this task wrote ('${others.join("', '")}'). Something else changed ` +
        'them at the same time. Check these settings, then run again.',
    )
  }
  if (!hasHub(after.hub, change.to)) {
    throw new Refusal(
      `Slot '${change.slot}' was given task hub '${change.to}' and reads back as ${hubInWords(after.hub)}. Look for a second ` +
        `spelling of '${change.from.settingKey}' in its app settings, remove it, then run again.`,
    )
  }
}

/** A reading that fails for now tells nothing, and the next one may. */
async function seeWhetherWritten(deps: Deps, app: OpenApp, change: Change, signal: AbortSignal): Promise<boolean> {
  for (let reading = 1; ; reading++) {
    try {
      const { hub } = await slotNow(app, change.slot, signal)
      if (hasHub(hub, change.to)) return true
    } catch (error) {
      if (!(error instanceof AzureFailure) || !mayPassLater(error) || reading === readingsAfterLostReply) throw error
    }
    if (reading === readingsAfterLostReply) return false
    await deps.clock.sleep(pauseMs, signal)
  }
}

function hasHub({ name }: SlotHub, to: HubName): boolean {
  return name.kind === 'set' && sameHubName(name.value, to)
}

async function slotNow(
  app: OpenApp,
  name: SlotName,
  signal: AbortSignal,
): Promise<{ readonly hub: SlotHub; readonly settings: Settings }> {
  const view = await app.look(signal)
  const slot = findSlot(view.picture, name)
  const hub = findHub(view.hubs, name)
  if (!slot || !hub) throw new Refusal(`Slot '${name}' is gone. Check the slots of '${app.address.name}'.`)
  if (slot.settings.kind === 'unreadable') {
    throw new Refusal(`The app settings of slot '${name}' cannot be read: ${slot.settings.because}.`)
  }
  return { hub, settings: slot.settings.values }
}

function cancelled({ slot, to }: Change): Cancelled {
  return new Cancelled(
    `Cancelled while slot '${slot}' was given task hub '${to}'; whether Azure did it is not known. Run the task again with ` +
      'the same inputs: it reads the slot and does only what is still missing.',
  )
}
