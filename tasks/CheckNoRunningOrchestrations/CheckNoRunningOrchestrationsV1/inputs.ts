import { ignoredProblem } from '../../../core/service/status-address.ts'
import { readAppAndSlot, readEvidence, readHub, readPolicy } from '../../agent/app-inputs.ts'
import type { Inputs, InputSource } from '../../agent/read-inputs.ts'
import { readInputs } from '../../agent/read-inputs.ts'
import { readStateService } from '../../agent/state-service-inputs.ts'
import { readStatusUrl } from '../../agent/web-inputs.ts'
import type { CheckWanted } from '../wanted.ts'

/** @throws Refusal that lists every problem of every input. */
export function readCheckInputs(source: InputSource): CheckWanted {
  return readInputs(source, (inputs) => {
    const taskHub = readHub(inputs, 'taskHubName')
    const slot = readAppAndSlot(inputs)
    const asked = readEvidenceAndStatus(inputs)
    const policy = readPolicy(inputs)
    refuseTooMuchIgnored(inputs, { ...slot, ...asked, policy })
    return {
      ...slot,
      ...(taskHub === undefined ? {} : { taskHub }),
      ...asked,
      timeoutMs: 60_000 * inputs.wholeNumber('timeoutInMinutes', { min: 0, max: 10_080, fallback: 60 }),
      pollIntervalMs: 1000 * inputs.wholeNumber('pollIntervalInSeconds', { min: 1, max: 3600, fallback: 15 }),
      quietPeriodMs: 1000 * inputs.wholeNumber('quietPeriodInSeconds', { min: 0, max: 3600, fallback: 30 }),
      policy,
    }
  })
}

type Asked = Pick<CheckWanted, 'evidence' | 'statusUrl' | 'statusKey' | 'stateService'>

function readEvidenceAndStatus(inputs: Inputs): Asked {
  const evidence = readEvidence(inputs, ['auto', 'storage', 'managementApi', 'statusEndpoint', 'stateService'], 'auto')
  const stateService = readStateServiceFor(inputs, evidence)
  const statusKey = inputs.secret('statusKey')
  const statusUrl = readStatusUrl(inputs)
  const given = inputs.text('statusUrl') !== undefined
  if (evidence === 'statusEndpoint' && !given) {
    inputs.problem(
      'statusUrl',
      "is required with evidence 'statusEndpoint'. Give the address of the app's status function.",
    )
  }
  if (evidence !== 'statusEndpoint' && given) {
    inputs.problem(
      'statusUrl',
      `goes only with evidence 'statusEndpoint', and evidence is '${evidence}'. Change one of the two.`,
    )
  }
  if (statusKey !== undefined && !given) {
    inputs.problem(
      'statusKey',
      "was given without input 'statusUrl'. Give the address that the key is for, or leave the key out.",
    )
  }
  return {
    evidence,
    ...(statusUrl === undefined ? {} : { statusUrl }),
    ...(statusKey === undefined ? {} : { statusKey }),
    ...(stateService === undefined ? {} : { stateService }),
  }
}

/** A state service would answer 400, each time it is asked. */
function refuseTooMuchIgnored(
  inputs: Inputs,
  {
    appName,
    slotName,
    evidence,
    stateService,
    policy,
  }: Omit<CheckWanted, 'timeoutMs' | 'pollIntervalMs' | 'quietPeriodMs'>,
): void {
  if (evidence !== 'stateService') return
  const question = { app: { name: appName }, slot: slotName, policy, maxProofAgeInSeconds: 0 }
  const problem = ignoredProblem(question, stateService?.url ?? '')
  if (problem !== undefined) inputs.problem('ignoreInstances', problem)
}

function readStateServiceFor(inputs: Inputs, evidence: CheckWanted['evidence']): CheckWanted['stateService'] {
  const stateService = readStateService(inputs)
  if (evidence === 'stateService' && inputs.text('stateServiceUrl') === undefined) {
    inputs.problem(
      'stateServiceUrl',
      "is required with evidence 'stateService'. Give the address of the state service.",
    )
  }
  if (evidence !== 'stateService' && stateService) {
    inputs.problem(
      'stateServiceUrl',
      `goes only with evidence 'stateService', and evidence is '${evidence}'. Change one of the two.`,
    )
  }
  return stateService
}
