import assert from 'node:assert/strict'
import { resolve } from 'node:path'

import { azureRmConnection } from '../../../pipeline-runner/agent/azure-rm-connection.ts'
import { readTaskDefinition } from '../../../pipeline-runner/agent/task-definition.ts'
import { runTask } from '../../../pipeline-runner/agent/run-task.ts'
import { fixture, prints } from '../fixture.ts'

const files = fixture()
after(() => files.dispose())

const connection = azureRmConnection({
  name: 'Azure Orders',
  armUrl: 'https://arm.test/',
  authorityUrl: 'https://login.test/',
  tenantId: 'tenant-1',
  subscriptionId: 'sub-1',
  clientId: 'client-1',
  secret: 'hush-hush',
})

const inputs = [
  { name: 'azureSubscription', type: 'connectedService:AzureRM', required: true },
  { name: 'slot Name', type: 'string', defaultValue: 'staging' },
  { name: 'dryRun', type: 'boolean', defaultValue: false },
  { name: 'package', type: 'filePath' },
]

/** Runs a task that prints its environment and returns that. */
async function environment(options: Partial<Parameters<typeof runTask>[0]> = {}): Promise<Record<string, string>> {
  const task = files.task('Env', 'console.log("env " + JSON.stringify({ ...process.env, cwd: process.cwd() }))', {
    inputs,
  })
  const { raw } = await runTask({ task, inputs: {}, ...options })
  return JSON.parse(raw.slice(raw.indexOf('env ') + 4)) as Record<string, string>
}

describe('The environment of a task', () => {
  it('holds inputs, with defaults, macros and trimmed text', async () => {
    const env = await environment({ inputs: { 'SLOT name': ' $(slot) ', extra: 'x' }, variables: { slot: 'blue' } })
    assert.equal(env['INPUT_SLOT_NAME'], 'blue')
    assert.equal(env['INPUT_DRYRUN'], 'false')
    assert.equal(env['INPUT_EXTRA'], 'x')
    assert.equal(env['INPUT_AZURESUBSCRIPTION'], '')
  })

  it('makes an empty file path the sources folder, as the agent does', async () => {
    const env = await environment()
    assert.equal(env['INPUT_PACKAGE'], env['SYSTEM_DEFAULTWORKINGDIRECTORY'])
    assert.equal(env['cwd'], env['SYSTEM_DEFAULTWORKINGDIRECTORY'])
    const given = await environment({ inputs: { package: 'out/app.zip' } })
    assert.equal(given['INPUT_PACKAGE'], resolve(given['SYSTEM_DEFAULTWORKINGDIRECTORY'] ?? '', 'out/app.zip'))
  })

  for (const named of ['Azure Orders', 'azure orders', connection.id]) {
    it(`holds the service connection named '${named}'`, async () => {
      const env = await environment({ inputs: { azureSubscription: named }, connections: [connection] })
      const { id } = connection
      assert.equal(env['INPUT_AZURESUBSCRIPTION'], id)
      assert.equal(env[`ENDPOINT_URL_${id}`], 'https://arm.test/')
      assert.equal(env[`ENDPOINT_AUTH_SCHEME_${id}`], 'ServicePrincipal')
      assert.equal(env[`ENDPOINT_AUTH_PARAMETER_${id}_SERVICEPRINCIPALKEY`], 'hush-hush')
      assert.equal(env[`ENDPOINT_AUTH_PARAMETER_${id}_TENANTID`], 'tenant-1')
      assert.equal(env[`ENDPOINT_DATA_${id}_ENVIRONMENTAUTHORITYURL`], 'https://login.test/')
      const authorization = JSON.parse(env[`ENDPOINT_AUTH_${id}`] ?? '{}') as { scheme: string }
      assert.equal(authorization.scheme, 'ServicePrincipal')
    })
  }

  it('holds no service connection that no input names', async () => {
    const env = await environment({ connections: [connection] })
    assert.deepEqual(
      Object.keys(env).filter((name) => name.startsWith('ENDPOINT_')),
      [],
    )
  })

  it('holds variables by their environment names, secret ones apart', async () => {
    const env = await environment({ variables: { 'My.var name': '1' }, secretVariables: { 'a.key': 'hidden' } })
    assert.equal(env['MY_VAR_NAME'], '1')
    assert.equal(env['SECRET_A_KEY'], 'hidden')
    assert.equal(env['A_KEY'], undefined)
    assert.ok((JSON.parse(env['VSTS_PUBLIC_VARIABLES'] ?? '') as string[]).includes('My.var name'))
    assert.deepEqual(JSON.parse(env['VSTS_SECRET_VARIABLES'] ?? ''), ['a.key'])
  })

  it('holds the job token, the OIDC address, the proxy and the certificates of the agent', async () => {
    const proxy = { url: 'http://proxy.test:8080', username: 'me', password: 'proxy-pass', bypass: ['^localhost$'] }
    const certificates = { caInfo: '/ca.pem', clientCertPassword: 'cert-pass' }
    const env = await environment({
      system: { accessToken: 'job-token', oidcRequestUri: 'https://oidc.test/', proxy, certificates },
    })
    assert.equal(env['ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN'], 'job-token')
    assert.equal(env['SECRET_SYSTEM_ACCESSTOKEN'], 'job-token')
    assert.equal(env['SYSTEM_OIDCREQUESTURI'], 'https://oidc.test/')
    assert.equal(env['AGENT_PROXYURL'], 'http://proxy.test:8080')
    assert.equal(env['AGENT_PROXYBYPASSLIST'], '["^localhost$"]')
    assert.equal(env['SECRET_AGENT_PROXYPASSWORD'], 'proxy-pass')
    assert.equal(env['AGENT_CAINFO'], '/ca.pem')
    assert.equal(env['SECRET_AGENT_CLIENTCERTPASSWORD'], 'cert-pass')
  })

  it('holds nothing of the runner but what a process needs', async () => {
    process.env['RUNNER_LEAK'] = 'x'
    try {
      const env = await environment({ extraEnv: { EXTRA: '1' }, env: { MINE: '$(v)' }, variables: { v: '2' } })
      assert.equal(env['RUNNER_LEAK'], undefined)
      assert.equal(env['PATH'], process.env['PATH'])
      assert.equal(env['EXTRA'], '1')
      assert.equal(env['MINE'], '2')
      assert.equal(env['TF_BUILD'], 'True')
      assert.equal(env['NODE_EXTRA_CA_CERTS'], undefined)
    } finally {
      delete process.env['RUNNER_LEAK']
    }
  })

  it('trusts the certificates it is given', async () => {
    assert.equal((await environment({ caFile: '/some/ca.pem' }))['NODE_EXTRA_CA_CERTS'], '/some/ca.pem')
  })
})

describe('A task', () => {
  it('is started with the handler an agent prefers', () => {
    const execution = {
      Node16: { target: 'a.js' },
      Node20_1: { target: 'b.js' },
      Node24: { target: 'c.js' },
      Node10: {},
    }
    const task = files.task('Handlers', '', { execution })
    assert.deepEqual(readTaskDefinition(task).handler, { name: 'Node24', target: 'c.js', workingDirectory: '' })
  })

  it('without a handler that runs here is refused with what it has', () => {
    const task = files.task('Windows', '', { execution: { PowerShell3: { target: 'x.ps1' } } })
    assert.throws(() => readTaskDefinition(task), { message: /Task 'Windows' has no handler .*'PowerShell3'/ })
  })

  it('that cannot be started says so', async () => {
    const task = files.task('Start', '')
    await assert.rejects(runTask({ task, inputs: {}, nodePath: '/no/such/node' }), {
      message: /Could not start '\/no\/such\/node'/,
    })
  })

  it('has its connection secrets masked from the first line on', async () => {
    const task = files.task('Leak', prints('key hush-hush of client-1'), { inputs })
    const lines: string[] = []
    const run = await runTask({ task, inputs: {}, connections: [connection], onLine: (line) => lines.push(line) })
    assert.deepEqual(lines, ['key *** of ***'])
    assert.equal(run.log, 'key *** of ***')
    assert.equal(run.raw, 'key hush-hush of client-1')
  })

  it('passes its error stream on like its output', async () => {
    const run = await runTask({
      task: files.task('Err', 'console.error("##vso[task.complete result=Failed;]no")'),
      inputs: {},
    })
    assert.equal(run.result, 'Failed')
  })

  it('takes a definition as well as a folder', async () => {
    const definition = readTaskDefinition(files.task('Defined', prints('##vso[task.complete result=Succeeded;]well')))
    assert.equal((await runTask({ task: definition, inputs: {} })).message, 'well')
  })
})
