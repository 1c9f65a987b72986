import { hubMoved } from '../../core/check/hub-moved.ts'
import type { EvidenceChoice } from '../../core/check/source.ts'
import { onlyOwnHub, sourceOfOwnHub, sourceOfTypedHub } from '../../core/check/source.ts'
import { Refusal } from '../../core/failures.ts'
import type { AppAddress, SlotPicture } from '../../core/function-app/picture.ts'
import { runsHub } from '../../core/function-app/slot-hub.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import { requireSide } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import type { EvidenceSource, LookAtHub } from '../../core/task-hub/idle-proof/evidence.ts'
import type { AskedHub } from '../../core/task-hub/hub.ts'
import { waitUntilIdle } from '../../core/task-hub/idle-proof/prove-idle.ts'
import type { WantedHub } from '../../core/task-hub/wanted-hub.ts'
import type { Deps } from '../deps.ts'
import { openApp } from '../look-at-app.ts'
import { ownHubOf, throughApp, throughEither, throughStorage } from '../look-at-hub.ts'
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
  deps.log.info(`Asking whether task hub '${question.hub.name}' is idle (evidence: ${question.source}).`)
  const proof = await waitUntilIdle({ ...deps, look: question.look, hub: question.hub.name }, wanted, signal)
  for (const warning of proof.evidence.warnings) deps.log.warn(warning)

  const moved = question.ownHub ? hubMoved(question.hub, wanted.slotName, (await app.look(signal)).hubs) : undefined
  return reportOfCheck(wanted, proof, moved)
}

type Question = {
  readonly hub: AskedHub
  readonly ownHub: boolean
  readonly look: LookAtHub
  readonly source: EvidenceSource
}

type Place = { readonly address: AppAddress; readonly view: AppView }

async function chooseQuestion(wanted: CheckWanted, deps: Deps, place: Place, signal: AbortSignal): Promise<Question> {
  const side = requireSide(place.view, wanted.slotName)
  if ('problem' in side) throw new Refusal(side.problem)
  const { taskHub } = wanted
  if (taskHub && !runsHub(side.hub, taskHub)) {
    const { evidence } = wanted
    if (evidence === 'stateService') throw new Refusal(onlyOwnHub(taskHub, side.hub))
    return await typedQuestion({ ...wanted, taskHub, evidence }, deps, { ...place, side }, signal)
  }

  const hub = ownHubOf(side.hub)
  const question = { app: place.address, slot: side.slot, hub, policy: wanted.policy }
  const ask = (source: EvidenceSource, look: LookAtHub): Question => ({ hub: hub.hub, ownHub: true, look, source })
  const source = sourceOfOwnHub(wanted.evidence)
  switch (source) {
    case 'storage':
      return ask(source, throughStorage(deps.azure, question))
    case 'managementApi':
      return ask(source, throughApp(deps.azure, question))
    case 'statusEndpoint':
      return ask(source, throughStatusEndpoint(wanted, deps, hub.hub))
    case 'stateService':
      return ask(source, throughStateService(wanted, deps, { ...question, hub: hub.hub }))
    case 'storageElseApp': {
      const { storage } = side.hub
      const fellBack = (because: string): void => {
        deps.log.warn(
          `Storage of task hub '${hub.name}' cannot be read (${because}), so its app is asked instead. Queues and messages without an instance are not checked.`,
        )
      }
      if (storage.kind === 'known') return ask('storage', throughEither(deps.azure, question, fellBack))
      fellBack(storage.because)
      return ask('managementApi', throughApp(deps.azure, question))
    }
  }
}

/** A hub that is not the slot's own. */
async function typedQuestion(
  wanted: CheckWanted & {
    readonly taskHub: WantedHub
    readonly evidence: Exclude<EvidenceChoice, 'stateService'>
  },
  deps: Deps,
  { address, view, side }: Place & { readonly side: SlotSide },
  signal: AbortSignal,
): Promise<Question> {
  const { hub, taskHubs, parts } = await typedHub(deps.azure, wanted.taskHub, view, signal)
  const source = sourceOfTypedHub(wanted.evidence, { hub, parts }, side.hub)
  if (typeof source === 'object') throw new Refusal(source.problem)
  const ask = (look: LookAtHub): Question => ({ hub, ownHub: false, look, source })
  switch (source) {
    case 'storage':
      return ask(async (now, asked) => await taskHubs.look(hub.name, wanted.policy, now, asked))
    case 'managementApi': {
      const { name: slot, hostName } = side.slot
      return ask(deps.azure.managementApi({ app: address, slot, hostName, hub, ownHub: false, policy: wanted.policy }))
    }
    case 'statusEndpoint':
      return ask(throughStatusEndpoint(wanted, deps, hub))
  }
}

function throughStatusEndpoint(wanted: CheckWanted, { azure }: Deps, hub: AskedHub): LookAtHub {
  if (wanted.statusUrl === undefined) throw new Refusal("statusUrl is missing; evidence 'statusEndpoint' needs it.")
  return azure.statusEndpoint({
    url: wanted.statusUrl,
    hub,
    ...(wanted.statusKey === undefined ? {} : { key: wanted.statusKey }),
  })
}

/** Takes no proof that is older than its question, unless nobody can have worked on the hub since: older ones are for gates. */
function throughStateService(
  wanted: CheckWanted,
  { azure }: Deps,
  { app, slot, hub }: { readonly app: AppAddress; readonly slot: SlotPicture; readonly hub: AskedHub },
): LookAtHub {
  if (!wanted.stateService) throw new Refusal("stateServiceUrl is missing; evidence 'stateService' needs it.")
  const { policy } = wanted
  return azure.stateService(wanted.stateService).look({ app, slot: slot.name, hub, policy, maxProofAgeInSeconds: 0 })
}
