import { Refusal } from '../../../core/failures.ts'
import type { HubName, RunId } from '../../../core/task-hub/name.ts'
import { hubNameForRun, hubNameRule, parseHubName } from '../../../core/task-hub/name.ts'
import { remoteText } from '../../../core/remote-text.ts'
import { readAppAndSlot, readEvidence } from '../../agent/app-inputs.ts'
import { readLock } from '../../agent/lock-inputs.ts'
import type { Inputs, InputSource } from '../../agent/read-inputs.ts'
import { readInputs } from '../../agent/read-inputs.ts'
import { readStateService } from '../../agent/state-service-inputs.ts'
import type { RotateWanted } from '../wanted.ts'

/** @throws Refusal that lists every problem of every input. */
export function readRotateInputs(source: InputSource): RotateWanted {
  return readInputs(source, (inputs) => {
    const app = readAppAndSlot(inputs)
    const path = inputs.text('package')
    const stateService = readStateService(inputs)
    const lock = readLock(inputs, { keepLock: true, release: true })
    return {
      ...app,
      taskHub: readNewHub(inputs, app.appName, lock.release !== undefined),
      ...(path === undefined ? {} : { package: path }),
      requireIdle: inputs.boolean('requireIdle', true),
      evidence: readEvidence(inputs, ['storage', 'managementApi'], 'storage'),
      lock,
      ...(stateService === undefined ? {} : { stateService }),
      dryRun: inputs.boolean('dryRun', false),
    }
  })
}

const standIn = 'x00' as HubName

/** To give the lock back no hub is needed. */
function readNewHub(inputs: Inputs, appName: string, mayBeMissing: boolean): HubName {
  const typed = inputs.text('taskHubName')
  if (typed !== undefined) {
    const name = parseHubName(typed)
    if (!name) inputs.problem('taskHubName', `is '${remoteText(typed, 100)}'. Give ${hubNameRule}.`)
    return name ?? standIn
  }
  if (mayBeMissing) return standIn
  const run = readRun(inputs)
  if (!run || appName === '') return standIn
  try {
    return hubNameForRun(appName, run)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    inputs.problem('taskHubName', `was not given. ${error.message}`)
    return standIn
  }
}

/** A release is asked for first: it has a build id too, that of its artifact, which is the same in each of its attempts. */
function readRun(inputs: Inputs): RunId | undefined {
  const releaseId = inputs.variable('Release.ReleaseId')
  const attempt = inputs.variable('Release.AttemptNumber')
  const buildId = inputs.variable('Build.BuildId')
  if (releaseId !== undefined && attempt !== undefined) return { kind: 'release', releaseId, attempt }
  if (releaseId === undefined && buildId !== undefined) return { kind: 'build', buildId }
  const missing = releaseId === undefined ? "'Build.BuildId'" : "'Release.AttemptNumber'"
  inputs.problem(
    'taskHubName',
    `was not given, and no name can be made for this run: variable ${missing} is not set. Give a name.`,
  )
  return undefined
}
