import { sameSlot } from '../../../core/function-app/picture.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { hubNameRule } from '../../../core/task-hub/name.ts'
import type { WantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { announcedHubVariable, parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { remoteText } from '../../../core/remote-text.ts'
import { readApp, readEvidence, readHub, readSlot } from '../../agent/app-inputs.ts'
import { readLock } from '../../agent/lock-inputs.ts'
import type { Inputs, InputSource } from '../../agent/read-inputs.ts'
import { readInputs } from '../../agent/read-inputs.ts'
import { readStateService } from '../../agent/state-service-inputs.ts'
import { readPathCheck } from '../../agent/web-inputs.ts'
import type { SlotSwapWanted } from '../wanted.ts'

/** @throws Refusal that lists every problem of every input. */
export function readSlotSwapInputs(source: InputSource): SlotSwapWanted {
  return readInputs(source, (inputs) => {
    const warmUp = readPathCheck(inputs, 'warmUpPath', 'warmUpStatuses')
    const failureLimit = readFailureLimit(inputs)
    const healthCheck = readPathCheck(inputs, 'healthCheckPath', 'healthCheckStatuses')
    const stateService = readStateService(inputs)
    const lock = readLock(inputs, { keepLock: false, release: true })
    return {
      ...readApp(inputs),
      ...readSlots(inputs),
      // To give the lock back no hub is needed.
      taskHub: lock.release === undefined ? readAimedHub(inputs) : (readHub(inputs, 'taskHubName') ?? standIn),
      preserveVnet: inputs.boolean('preserveVnet', false),
      requireIdle: inputs.oneOf('requireIdle', ['none', 'source', 'target', 'both'], 'none'),
      evidence: readEvidence(inputs, ['storage', 'managementApi'], 'storage'),
      ...(warmUp === undefined ? {} : { warmUp }),
      ...(healthCheck === undefined ? {} : { healthCheck }),
      healthCheckTimeoutMs:
        1000 * inputs.wholeNumber('healthCheckTimeoutInSeconds', { min: 0, max: 3600, fallback: 120 }),
      ...(failureLimit === undefined ? {} : { failureLimit }),
      observeMs: 1000 * inputs.wholeNumber('observeInSeconds', { min: 0, max: 3600, fallback: 0 }),
      settleMs: 1000 * inputs.wholeNumber('settleInSeconds', { min: 0, max: 3600, fallback: 30 }),
      rollbackOnFailure: inputs.boolean('rollbackOnFailure', true),
      timeoutMs: 60_000 * inputs.wholeNumber('timeoutInMinutes', { min: 1, max: 1440, fallback: 30 }),
      lock,
      ...(stateService === undefined ? {} : { stateService }),
      dryRun: inputs.boolean('dryRun', false),
    }
  })
}

const increaseRule = {
  pattern: /^(?:off|[0-9]{1,2}|100)$/i,
  rule: "'off' or a whole number from 0 to 100, in plain digits",
}

/** Undefined where it is off. */
function readFailureLimit(inputs: Inputs): SlotSwapWanted['failureLimit'] {
  const instances = inputs.wholeNumber('failureShareInstances', { min: 1, max: 10_000, fallback: 10 })
  const increase = inputs.textOr('failureShareIncrease', '20', increaseRule)
  return increase.toLowerCase() === 'off' ? undefined : { instances, increase: Number(increase) }
}

function readSlots(inputs: Inputs): Pick<SlotSwapWanted, 'sourceSlot' | 'targetSlot'> {
  const sourceSlot = readSlot(inputs, 'sourceSlot', 'staging')
  const targetSlot = readSlot(inputs, 'targetSlot', 'production')
  if (sameSlot(sourceSlot, targetSlot)) {
    inputs.problem(
      'targetSlot',
      `is '${remoteText(targetSlot, 60)}', the same slot as input 'sourceSlot'. Give two different slots.`,
    )
  }
  return { sourceSlot, targetSlot }
}

const standIn: WantedHub = { name: 'x00' as HubName }

/** Typed, or announced by RotateTaskHub in this job. Without either a rerun could not tell a swap to do from one to undo. */
function readAimedHub(inputs: Inputs): WantedHub {
  if (inputs.text('taskHubName') !== undefined) return readHub(inputs, 'taskHubName') ?? standIn
  const fromJob = inputs.variable(announcedHubVariable)
  if (fromJob === undefined) {
    inputs.problem(
      'taskHubName',
      `was not given and no RotateTaskHub in this job announced one (variable '${announcedHubVariable}'), and without it a rerun could not ` +
        "tell a swap to do from one to undo. Give RotateTaskHub's output 'taskHubName'.",
    )
    return standIn
  }
  const hub = parseWantedHub(fromJob)
  if (!hub) {
    inputs.problem(
      'taskHubName',
      `was not given, and variable '${announcedHubVariable}' is '${remoteText(fromJob, 100)}', which is not a task hub (${hubNameRule}). Give taskHubName.`,
    )
  }
  return hub ?? standIn
}
