import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { PipelineEvent, PipelineRun } from '../pipeline-runner/pipeline-run.ts'
import { readPipeline } from '../pipeline-runner/read-pipeline.ts'
import { runPipeline } from '../pipeline-runner/run-pipeline.ts'
import type { TaskIndex } from '../pipeline-runner/vsix.ts'
import type { Cast } from './cast.ts'
import { appName, resourceGroup } from './cast.ts'

const pipelineFile = join(import.meta.dirname, '..', 'examples', 'azure-pipelines.yml')

/** The example's waits, shortened: everything here is on one machine. */
const haste = { pollIntervalInSeconds: '1', quietPeriodInSeconds: '2', drainTimeoutInMinutes: '2' }

export type Deployment = {
  readonly buildId: number
  readonly package: string
  readonly settleInSeconds: number
  readonly tasks: TaskIndex
  readonly signal: AbortSignal
  readonly onEvent: (event: PipelineEvent) => void
}

/** Runs examples/azure-pipelines.yml, as it is, for one version. */
export function deploy(cast: Cast, deployment: Deployment): Promise<PipelineRun> {
  const { azure, connection } = cast
  const { tasks, signal, onEvent } = deployment
  return runPipeline(readPipeline(readFileSync(pipelineFile, 'utf8')), {
    ...{ tasks, signal, onEvent, connections: [connection], caFile: azure.caFile },
    system: {
      accessToken: azure.systemAccessToken,
      collectionUri: azure.devOpsUrl,
      oidcRequestUri: azure.oidcRequestUri,
    },
    variables: {
      ...{ azureSubscription: connection.name, appName, resourceGroupName: resourceGroup, package: deployment.package },
      ...haste,
      settleInSeconds: String(deployment.settleInSeconds),
      'Build.BuildId': String(deployment.buildId),
      'Build.BuildNumber': String(deployment.buildId),
    },
  })
}
