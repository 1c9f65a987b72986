import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { unzipSync } from 'fflate'
import { generate } from 'selfsigned'

import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { AzureRmSignIn } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import { fixture, runYaml } from './fixture.ts'

type Seen = { readonly request: string; readonly body: Buffer; readonly authorization: string | undefined }

const files = fixture()
const seen: Seen[] = []
let server: Server
let address = ''
let deployStatus = 200

/** One server plays Entra ID, Azure DevOps, Azure Resource Manager and Kudu. */
function answer(path: string): { status: number; body: unknown; location?: string } {
  const site = { id: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/orders', name: 'orders' }
  if (path.startsWith('/tenant/oauth2')) return { status: 200, body: { access_token: 'arm-token' } }
  if (path.startsWith('/oidc')) return { status: 200, body: { oidcToken: 'assertion' } }
  if (path.includes('/Microsoft.Web/sites?'))
    return { status: 200, body: { value: [site, { ...site, name: 'other' }] } }
  if (path.includes('/sites/orders')) return { status: 200, body: { properties: { defaultHostName: address } } }
  if (path.startsWith('/api/zipdeploy'))
    return { status: deployStatus, body: {}, location: `https://${address}/api/deployments/1` }
  if (path.startsWith('/api/deployments')) return { status: 200, body: { status: 4 } }
  return { status: 404, body: {} }
}

function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks)))
  })
}

before(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  writeFileSync(join(files.folder, 'ca.pem'), cert)
  server = createServer({ key, cert }, (request, response) => {
    void read(request).then((body) => {
      const { url = '' } = request
      seen.push({ request: `${request.method ?? ''} ${url}`, body, authorization: request.headers.authorization })
      const reply = answer(url)
      response.writeHead(reply.status, {
        'content-type': 'application/json',
        ...(reply.location && { location: reply.location }),
      })
      response.end(JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  address = `localhost:${(server.address() as AddressInfo).port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
  files.dispose()
})

beforeEach(() => {
  seen.length = 0
  deployStatus = 200
})

function connection(signIn: AzureRmSignIn): ServiceConnection {
  const base = `https://${address}/`
  return azureRmConnection({
    ...signIn,
    armUrl: base,
    authorityUrl: base,
    tenantId: 'tenant',
    subscriptionId: 's',
    clientId: 'c-1',
  })
}

function deploy(inputs: string, signIn: AzureRmSignIn = { secret: 'client-secret' }): Promise<PipelineRun> {
  const folder = join(files.folder, 'app')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'host.json'), '{}')
  const text = `steps: [{ task: AzureFunctionApp@2, inputs: { azureSubscription: azure, appType: functionApp, ${inputs} } }]`
  const system = { accessToken: 'job-token', oidcRequestUri: `https://${address}/oidc` }
  return runYaml(text, [], {
    connections: [connection(signIn)],
    sources: files.folder,
    caFile: join(files.folder, 'ca.pem'),
    system,
  })
}

const message = ({ stages }: PipelineRun): string | undefined => stages[0]?.jobs[0]?.steps[0]?.message
const deployed = (): Seen | undefined => seen.find(({ request }) => request.startsWith('POST /api/zipdeploy'))

describe('The stand-in for AzureFunctionApp@2', () => {
  it('deploys a folder to a slot by zip', async () => {
    const run = await deploy(
      'appName: orders, deployToSlotOrASE: true, resourceGroupName: rg, slotName: staging, package: app',
    )
    assert.equal(run.result, 'Succeeded', message(run))
    assert.ok(
      seen.some(({ request }) =>
        request.startsWith(
          'GET /subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/orders/slots/staging?',
        ),
      ),
    )
    assert.equal(deployed()?.authorization, 'Bearer arm-token')
    assert.deepEqual(Object.keys(unzipSync(deployed()?.body ?? Buffer.alloc(0))), ['host.json'])
  })

  it('finds the app by its name and deploys to production otherwise', async () => {
    const run = await deploy('appName: Orders, package: app')
    assert.equal(run.result, 'Succeeded', message(run))
    assert.ok(
      seen.some(({ request }) =>
        request.startsWith('GET /subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/orders?'),
      ),
    )
  })

  it('waits for a deployment that goes on behind its back', async () => {
    deployStatus = 202
    assert.equal((await deploy('appName: orders, package: app')).result, 'Succeeded')
    assert.ok(seen.some(({ request }) => request === 'GET /api/deployments/1'))
  })

  it('signs in with a federated assertion', async () => {
    const run = await deploy('appName: orders, package: app', { federated: true })
    assert.equal(run.result, 'Succeeded', message(run))
    const token = seen.find(({ request }) => request.startsWith('POST /tenant/oauth2'))
    assert.equal(new URLSearchParams(token?.body.toString()).get('client_assertion'), 'assertion')
  })

  it('says in the log that it is a stand-in, and keeps its token out of it', async () => {
    const lines: string[] = []
    await runYaml('steps: [{ task: AzureFunctionApp@2 }]', [], {
      onEvent: (event) => event.kind === 'line' && lines.push(event.line),
    })
    assert.match(lines[0] ?? '', /stand-in for the stock task AzureFunctionApp@2/)
    const { stages } = await deploy('appName: orders, package: app')
    assert.doesNotMatch(stages[0]?.jobs[0]?.steps[0]?.task?.log ?? '', /arm-token/)
  })

  const refused: [what: string, inputs: string, signIn: AzureRmSignIn, says: RegExp][] = [
    [
      'an app that is not there',
      'appName: nothing, package: app',
      { secret: 'x1' },
      /^The subscription has no app named 'nothing'\.$/,
    ],
    [
      'a package that is not there',
      'appName: orders, package: nothing.zip',
      { secret: 'x1' },
      /^The package '.*nothing\.zip' does not exist\.$/,
    ],
    [
      'a pattern for a package',
      'appName: orders, package: "**/*.zip"',
      { secret: 'x1' },
      /^The local runner does not search for packages/,
    ],
    ['a certificate', 'appName: orders, package: app', { certificate: 'PEM' }, /not with a certificate\.$/],
    [
      'a managed identity',
      'appName: orders, package: app',
      { managedIdentity: {} },
      /not with 'ManagedServiceIdentity'\.$/,
    ],
  ]
  for (const [what, inputs, signIn, says] of refused) {
    it(`fails on ${what} with a sentence`, async () => {
      const run = await deploy(inputs, signIn)
      assert.equal(run.result, 'Failed')
      assert.match(message(run) ?? '', says)
      assert.equal(deployed(), undefined)
    })
  }

  it('fails when the deployment is refused', async () => {
    deployStatus = 409
    assert.match(message(await deploy('appName: orders, package: app')) ?? '', /was refused with status 409\.$/)
  })
})
