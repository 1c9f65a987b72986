import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { zipSync } from 'fflate'

import type { Execute, Execution } from '../agent/handler.ts'
import { workingFolder } from '../agent/handler.ts'
import type { ServiceConnection } from '../agent/service-connection.ts'
import { findSite } from './find-site.ts'
import { HttpsClient } from './https-call.ts'
import { signIn } from './sign-in.ts'
import type { StandIn } from './stand-in.ts'
import { standInDefinition } from './stand-in.ts'

/** Puts the package on the slot by the documented route of Kudu: `POST https://<site>/api/zipdeploy` with a zip as body. */
const deploy: Execute = async (execution) => {
  try {
    const { inputs, onLine } = execution
    const [connection] = inputs.connections
    if (!connection) throw new Error("The input 'azureSubscription' names no service connection.")
    const zip = readPackage(execution)
    const site = await pushTo(execution, connection, zip)
    onLine(`##vso[task.complete result=Succeeded;]Deployed ${zip.byteLength} bytes to '${site}'.`)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    execution.onLine(`##vso[task.complete result=Failed;]${why.replace(/[\r\n]+/g, ' ').replaceAll('##', '')}`)
  }
  return { exitCode: 0, signalsSent: [] }
}

async function pushTo(execution: Execution, connection: ServiceConnection, zip: Uint8Array): Promise<string> {
  const { job, inputs, onLine, signal } = execution
  const client = new HttpsClient(job.caFile, signal)
  const token = await signIn(connection, client, job)
  onLine(`##vso[task.setsecret]${token}`)
  const toSlot = inputs.values['deployToSlotOrASE'] === 'true'
  const slot = toSlot ? (inputs.values['slotName'] ?? 'production') : 'production'
  const { appName = '', resourceGroupName = '' } = inputs.values
  const site = await findSite(
    { client, token, connection },
    { appName, slot, resourceGroup: toSlot ? resourceGroupName : '' },
  )
  onLine(`Deploying to https://${site}/api/zipdeploy`)
  const authorization = { authorization: `Bearer ${token}` }
  const headers = { ...authorization, 'content-type': 'application/zip', 'content-length': String(zip.byteLength) }
  const url = `https://${site}/api/zipdeploy`
  const reply = await client.send({ method: 'POST', url, headers, body: zip })
  if (reply.status === 202 && reply.location)
    await untilDeployed({ client, url: reply.location, authorization, signal })
  else if (reply.status !== 200) throw new Error(`The deployment to '${site}' was refused with status ${reply.status}.`)
  return site
}

type Deployment = { client: HttpsClient; url: string; authorization: Record<string, string>; signal: AbortSignal }

/** Kudu's deployment status: 3 failed, 4 succeeded, anything lower goes on (Kudu wiki, "Deploying from a zip file or url"). */
async function untilDeployed({ client, url, authorization, signal }: Deployment): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const { status } = await client.json({ method: 'GET', url, headers: authorization })
    if (status === 4) return
    if (status === 3) throw new Error('The deployment failed.')
    await delay(500, undefined, { signal })
  }
  throw new Error('The deployment did not end within a minute.')
}

function readPackage({ inputs, job }: Execution): Uint8Array {
  const path = resolve(workingFolder(job), inputs.values['package'] ?? '')
  if (/[*?]/.test(path))
    throw new Error(`The local runner does not search for packages: give the path itself instead of '${path}'.`)
  if (!existsSync(path)) throw new Error(`The package '${path}' does not exist.`)
  return statSync(path).isDirectory() ? zipFolder(path) : readFileSync(path)
}

function zipFolder(folder: string): Uint8Array {
  const files: Record<string, Uint8Array> = {}
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files[relative(folder, path).split(sep).join('/')] = readFileSync(path)
  }
  return zipSync(files)
}

const text = (name: string, defaultValue = ''): { name: string; type: string; defaultValue: string } => ({
  ...{ name, type: 'string', defaultValue },
})

/** The stock deploy task, AzureFunctionApp@2, for zip deployment. */
export const azureFunctionApp: StandIn = {
  definition: standInDefinition('AzureFunctionApp', 2, [
    { name: 'azureSubscription', type: 'connectedService:AzureRM', defaultValue: '' },
    ...[text('appName'), text('deployToSlotOrASE', 'false'), text('resourceGroupName'), text('slotName', 'production')],
    text('package', '.'),
  ]),
  execute: deploy,
  notice: 'This is a stand-in for the stock task AzureFunctionApp@2: it deploys the package by zip, nothing else.',
  withoutEffect: ['appType', 'isFlexConsumption', 'runtimeStack', 'deploymentMethod'],
}
