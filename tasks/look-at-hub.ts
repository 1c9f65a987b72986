import type { Azure } from '../core/azure-port.ts'
import { givesNoAccess } from '../core/check/source.ts'
import { asClause, AzureFailure, Refusal } from '../core/failures.ts'
import type { AppAddress, SlotPicture } from '../core/function-app/picture.ts'
import type { SlotHub } from '../core/function-app/slot-hub.ts'
import { hubInWords, hubOf } from '../core/function-app/slot-hub.ts'
import type { LookAtHub } from '../core/task-hub/idle-proof/evidence.ts'
import type { IdlePolicy } from '../core/task-hub/idle-proof/policy.ts'
import type { ReadableStorage } from '../core/function-app/storage-reference.ts'
import type { AskedHub } from '../core/task-hub/hub.ts'
import type { HubName } from '../core/task-hub/name.ts'
import type { TaskHubs } from '../core/task-hub/ports.ts'

/** A slot's own hub, ready to be asked about. */
export type OwnHub = { readonly name: HubName; readonly hub: AskedHub; readonly slotHub: SlotHub }

/**
 * The hub of a slot, without an account where the settings hide it: it can then be asked about through the app only.
 * Throws `Refusal` where the slot names no hub.
 */
export function ownHubOf(slotHub: SlotHub): OwnHub {
  if (slotHub.name.kind !== 'set') {
    const what = slotHub.name.kind === 'unset' ? 'is not set' : `has ${hubInWords(slotHub)}`
    throw new Refusal(
      `App setting '${slotHub.settingKey}' of slot '${slotHub.slot}' ${what}. Set it to the name of its task hub, with ` +
        `"hubName": "%${slotHub.settingKey}%" in host.json, or give taskHubSetting.`,
    )
  }
  const { value: name } = slotHub.name
  return { name, hub: hubOf(slotHub) ?? { name }, slotHub }
}

export type HubQuestion = {
  readonly app: AppAddress
  readonly slot: SlotPicture
  readonly hub: OwnHub
  readonly policy: IdlePolicy
}

/** The hubs of a slot's account. Throws `Refusal` where their instances are kept in an account that cannot be told. */
export function hubsOf(azure: Azure, slotHub: SlotHub, storage: ReadableStorage): TaskHubs {
  const { tracking } = slotHub
  if (tracking?.kind === 'unknown') {
    throw new Refusal(`The task hub of slot '${slotHub.slot}' cannot be read: ${tracking.because}.`)
  }
  return azure.taskHubs(storage, tracking?.store)
}

/** A look at a slot's own hub through its tables and queues. Throws `Refusal` where its account cannot be told. */
export function throughStorage(azure: Azure, { hub, policy }: HubQuestion): LookAtHub {
  const { storage } = hub.slotHub
  if (storage.kind === 'unknown') {
    throw new Refusal(`Task hub '${hub.name}' cannot be read in storage: ${storage.because}.`)
  }
  const taskHubs = hubsOf(azure, hub.slotHub, storage.reference)
  return async (signal, ask) => await taskHubs.look(hub.name, policy, signal, ask)
}

/** A look at a slot's own hub through its app, which sees instances and no queue. */
export function throughApp(azure: Azure, { app, slot, hub, policy }: HubQuestion): LookAtHub {
  return azure.managementApi({
    app,
    slot: slot.name,
    hostName: slot.hostName,
    hub: hub.hub,
    ownHub: true,
    policy,
  })
}

/**
 * Storage where its first look can read it, else the app from there on; `fellBack` is told why. Only a lack of access makes it
 * fall back. Throws `Refusal` where the account cannot be told.
 */
export function throughEither(azure: Azure, question: HubQuestion, fellBack: (because: string) => void): LookAtHub {
  const storage = throughStorage(azure, question)
  let chosen: LookAtHub | undefined
  return async (signal, ask) => {
    if (chosen) return await chosen(signal, ask)
    const evidence = await storage(signal, ask)
    const because = evidence.verdict === 'unknown' ? await whyNoAccess(azure, question.hub, signal) : undefined
    chosen = because === undefined ? storage : throughApp(azure, question)
    if (because === undefined) return evidence
    fellBack(because)
    return await chosen(signal, ask)
  }
}

/** A clause; undefined where access is not what was missing. */
async function whyNoAccess(azure: Azure, { name, slotHub }: OwnHub, signal: AbortSignal): Promise<string | undefined> {
  const { storage } = slotHub
  if (storage.kind === 'unknown') return storage.because
  try {
    // A look takes tables and queues alone; the parts, asked for why it failed, take the blobs' data role as well.
    await hubsOf(azure, slotHub, storage.reference).parts(name, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return givesNoAccess(error) ? asClause(error.message) : undefined
  }
}
