import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { assertEndsWell } from './endings.ts'
import { assertIdle, assertMasked, SignInScene } from './sign-in-scene.ts'

/** Where task-lib tells the most. */
const variables = { 'System.Debug': 'true' }

const keyOf = (connectionString: string): string => /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? ''

describe('A packaged task, with System.Debug, tells the agent every secret before anybody can read it:', function () {
  this.timeout(120_000)

  let at: SignInScene
  let content: string
  before(async () => {
    at = await SignInScene.start()
    content = await mkdtemp(join(tmpdir(), 'masking-content-'))
    const hostJson = { version: '2.0', extensions: { durableTask: { hubName: '%TaskHubName%' } } }
    await writeFile(join(content, 'host.json'), JSON.stringify(hostJson))
    await writeFile(join(content, 'package.json'), '{ "version": "1.0.0", "type": "module" }')
    await writeFile(join(content, 'functions.mjs'), 'export const orchestrators = { *ProcessOrder() {} }\n')
  })
  after(async () => {
    await at.stop()
    await rm(content, { recursive: true, force: true })
  })

  const accessTokens = (connection: ServiceConnection): Record<string, string> => {
    const clientId = connection.parameters['serviceprincipalid']
    const own = at.scene.azure.tokens.issued.filter((token) => token.clientId === clientId)
    assert.ok(own.length > 0)
    return Object.fromEntries(own.map(({ token, resource }) => [`token for ${resource}`, token]))
  }
  const storageSecrets = (connectionString: string): Record<string, string> => ({
    'connection string': connectionString,
    'storage key': keyOf(connectionString),
  })

  it('the secret of the connection, access tokens, the connection string in the settings and its key', async () => {
    const connection = await at.withSecret()

    const run = await at.check(connection, { variables })

    assertIdle(run)
    assertMasked(run, {
      'client secret': connection.parameters['serviceprincipalkey'] ?? '',
      ...accessTokens(connection),
      ...storageSecrets(at.scene.azure.storage.account().connectionString),
    })
  })

  it('every line of the certificate', async () => {
    const connection = await at.withCertificate()

    const run = await at.check(connection, { variables })

    assertIdle(run)
    const lines = (connection.parameters['servicePrincipalCertificate'] ?? '').split(/\r?\n/)
    const secret = lines.filter((line) => line.length >= 4 && !line.startsWith('-----'))
    assert.ok(secret.length > 20)
    assertMasked(run, Object.fromEntries(secret.map((line, index) => [`certificate line ${index}`, line])))
  })

  it('the token of the job and the assertion', async () => {
    const connection = await at.withFederation()

    const run = await at.check(connection, { variables, system: at.job() })

    assertIdle(run)
    const [assertion = ''] = at.scene.azure.devOps.issued.slice(-1)
    const jobToken = at.scene.azure.systemAccessToken
    assertMasked(run, { assertion, 'token of the job': jobToken, ...accessTokens(connection) })
  })

  it('the token of a managed identity', async () => {
    const { clientId } = at.scene.azure.addManagedIdentity({ systemAssigned: true })

    const run = await at.check(at.withManagedIdentity(), { variables, extraEnv: at.machine() })

    assertIdle(run)
    const token = at.scene.azure.tokens.issued.find((issued) => issued.clientId === clientId)?.token ?? ''
    assertMasked(run, { token })
  })

  it('the keys of a host that is asked directly', async () => {
    const app = await at.scene.app({ content: { staging: content } })
    await app.slot('staging').ready()
    const bridge = at.scene.azure.faults.add({
      service: 'arm',
      path: /hostruntime/,
      action: { kind: 'status', status: 502, body: '' },
    })
    try {
      const run = await at.check(await at.withSecret(), { variables }, { appName: app.name, evidence: 'managementApi' })

      assertEndsWell(run)
      assert.equal(run.outputs['verdict'], 'idle', run.log)
      const { master, system } = app.slot('staging').keys
      assertMasked(run, { 'master key': master, ...system })
    } finally {
      bridge.remove()
    }
  })

  it('the connection string in an input, its key and its signature', async () => {
    const { connectionString } = at.scene.azure.storage.account()
    const app = await at.scene.app({
      settings: { staging: { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://v.example/secrets/s)' } },
    })

    const run = await at.check(
      await at.withSecret(),
      { variables: { ...variables }, secretVariables: { storage: connectionString } },
      { appName: app.name, storageConnectionString: '$(storage)' },
    )

    assertIdle(run)
    assertMasked(run, storageSecrets(connectionString))
  })

  it('the key of a status endpoint', async () => {
    const connection = await at.withSecret()
    const statusKey = 'the-key-of-the-status-function=='

    const inputs = { evidence: 'statusEndpoint', statusUrl: `${at.scene.azure.armUrl}status`, statusKey }
    const run = await at.check(connection, { variables }, inputs)

    assert.equal(run.result, 'Failed', run.log)
    assertEndsWell(run)
    assertMasked(run, { 'status key': statusKey })
  })
})
