import { hubMoved } from '../../core/check/hub-moved.ts'
import { Refusal } from '../../core/failures.ts'
import type { AppAddress } from '../../core/function-app/picture.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { runsHub } from '../../core/function-app/slot-hub.ts'
import { requireSide } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import type { LookAtHub } from '../../core/task-hub/evidence.ts'
import type { AskedHub } from '../../core/task-hub/hub.ts'
import { instancesTable } from '../../core/task-hub/layout.ts'
import { waitUntilIdle } from '../../core/task-hub/prove-idle.ts'
import type { Deps } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { ownHubOf, throughApp, throughEither, throughStorage } from '../look-at-hub.ts'
import type { FoundHub } from '../typed-hub.ts'
import { typedHub } from '../typed-hub.ts'
import { reportOfCheck } from './report.ts'
import type { CheckWanted } from './wanted.ts'

/** Waits until the hub is proven idle, or says why it is not. Changes nothing. */
export async function checkNoRunningOrchestrations(
  wanted: CheckWanted,
  deps: Deps,
  signal: AbortSignal,
): Promise<Report> {
  const app = await openApp(deps, wanted, signal)
  const view = await app.look(signal)
  const question = await chooseQuestion(wanted, deps, { address: app.address, view }, signal)
  deps.log.info(`Asking whether task hub '${question.hub.name}' is idle (${question.through}).`)
  const proof = await waitUntilIdle({ ...deps, look: question.look }, wanted, signal)
  for (const warning of proof.evidence.warnings) deps.log.warn(warning)

  const moved = question.ownHub ? hubMoved(question.hub, wanted.slotName, (await app.look(signal)).hubs) : undefined
  return reportOfCheck(wanted, proof, moved)
}

type Question = {
  readonly hub: AskedHub
  readonly ownHub: boolean
  readonly look: LookAtHub
  readonly through: string
}

type Place = { readonly address: AppAddress; readonly view: AppView }

async function chooseQuestion(wanted: CheckWanted, deps: Deps, place: Place, signal: AbortSignal): Promise<Question> {
  const side = requireSide(place.view, wanted.slotName)
  if ('problem' in side) throw new Refusal(side.problem)
  const { slot, hub: slotHub } = side
  if (wanted.taskHub && !runsHub(slotHub, wanted.taskHub)) {
    return await typedQuestion(wanted, deps, place, signal)
  }

  const hub = ownHubOf(slotHub)
  const question = { app: place.address, slot, hub, policy: wanted.policy }
  const own = { hub: hub.hub, ownHub: true }
  switch (wanted.evidence) {
    case 'storage':
      return { ...own, look: throughStorage(deps.azure, question), through: 'evidence: storage' }
    case 'managementApi':
      return { ...own, look: throughApp(deps.azure, question), through: 'evidence: managementApi' }
    case 'statusEndpoint':
      return { ...own, look: throughStatusEndpoint(wanted, deps, hub.hub), through: 'evidence: statusEndpoint' }
    case 'auto': {
      const { look, fallback } = await throughEither(deps.azure, question, signal)
      if (fallback === undefined) return { ...own, look, through: 'evidence: storage' }
      deps.log.warn(
        `Storage of task hub '${hub.name}' cannot be read (${fallback}), so its app is asked instead. Queues and messages without an instance are not checked.`,
      )
      return { ...own, look, through: 'evidence: managementApi' }
    }
  }
}

/** A hub that is not the slot's own: only storage can be asked, because its host would create a hub that is not there. */
async function typedQuestion(wanted: CheckWanted, deps: Deps, place: Place, signal: AbortSignal): Promise<Question> {
  const typed = wanted.taskHub
  if (!typed) throw new RangeError('typedQuestion needs a typed hub')
  const { hub, taskHubs, parts } = await typedHub(deps.azure, typed, place.view, signal)
  if (parts.parts.length === 0) {
    throw new Refusal(
      `Task hub '${typed.name}' does not exist in storage account '${hub.account.name}'. Correct taskHubName, or leave it empty for the slot's own hub.`,
    )
  }
  if (wanted.evidence === 'statusEndpoint') {
    return { hub, ownHub: false, look: throughStatusEndpoint(wanted, deps, hub), through: 'evidence: statusEndpoint' }
  }
  if (wanted.evidence !== 'managementApi') {
    const look: LookAtHub = async (now) => await taskHubs.look(hub.name, wanted.policy, now)
    return { hub, ownHub: false, look, through: 'evidence: storage' }
  }
  const side = requireSide(place.view, wanted.slotName)
  if ('problem' in side) throw new Refusal(side.problem)
  const problem = createdByAsking({ hub, parts }, side.hub)
  if (problem !== undefined) throw new Refusal(`${problem} Give evidence 'storage'.`)
  const look = deps.azure.managementApi({
    app: place.address,
    slot: side.slot.name,
    hostName: side.slot.hostName,
    hub,
    ownHub: false,
    policy: wanted.policy,
  })
  return { hub, ownHub: false, look, through: 'evidence: managementApi' }
}

/** A Durable client creates the hub it is asked about where it is not (DT AzureStorageOrchestrationService.cs:1749-1750). */
function createdByAsking({ hub, parts }: Pick<FoundHub, 'hub' | 'parts'>, own: SlotHub): string | undefined {
  const where = `in storage account '${hub.account.name}'`
  if (own.storage.kind !== 'known' || own.storage.reference.account.id !== hub.account.id) {
    return `Task hub '${hub.name}' is ${where}, which slot '${own.slot}' does not use, so evidence 'managementApi' cannot see it.`
  }
  const table = instancesTable(hub.name).toLowerCase()
  const seen = parts.parts.some((part) => part.kind === 'rows' || part.name.toLowerCase() === table)
  return seen
    ? undefined
    : `Task hub '${hub.name}' has no tables ${where}, and evidence 'managementApi' would create them.`
}

function throughStatusEndpoint(wanted: CheckWanted, { azure }: Deps, hub: AskedHub): LookAtHub {
  if (wanted.statusUrl === undefined) throw new Refusal("statusUrl is missing; evidence 'statusEndpoint' needs it.")
  return azure.statusEndpoint({
    url: wanted.statusUrl,
    hub,
    ...(wanted.statusKey === undefined ? {} : { key: wanted.statusKey }),
  })
}
