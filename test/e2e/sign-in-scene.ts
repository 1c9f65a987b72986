import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { AzureRmOptions } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { atOnce } from './check-scene.ts'
import { assertEndsWell } from './endings.ts'
import { placeOf, Scene } from './scene.ts'

type Twist = Parameters<Scene['run']>[2]

/** What a connection has besides its way to sign in. */
export type ConnectionTwist = Partial<
  Pick<AzureRmOptions, 'armUrl' | 'authorityUrl' | 'tenantId' | 'environment' | 'data'>
>

/** A scene in which it matters only how a task signs in: one app with an idle hub, and connections of every scheme. */
export class SignInScene {
  readonly scene: Scene
  readonly app: FunctionApp

  private constructor(scene: Scene, app: FunctionApp) {
    this.scene = scene
    this.app = app
  }

  static async start(options: Parameters<typeof Scene.start>[0] = {}): Promise<SignInScene> {
    const scene = await Scene.start(options)
    return new SignInScene(scene, await scene.app())
  }

  stop(): Promise<void> {
    return this.scene.stop()
  }

  async withSecret(twist: ConnectionTwist = {}): Promise<ServiceConnection> {
    const { clientId, secret = '' } = await this.scene.azure.addServicePrincipal()
    return azureRmConnection({ ...placeOf(this.scene.azure), name: 'secret', clientId, secret, ...twist })
  }

  async withCertificate(twist: ConnectionTwist = {}): Promise<ServiceConnection> {
    const { clientId, certificatePem = '' } = await this.scene.azure.addServicePrincipal({ certificate: true })
    const certificate = certificatePem
    return azureRmConnection({ ...placeOf(this.scene.azure), name: 'certificate', clientId, certificate, ...twist })
  }

  /** Of the machine itself, or of the user-assigned identity. */
  withManagedIdentity(clientId?: string, twist: ConnectionTwist = {}): ServiceConnection {
    const managedIdentity = clientId === undefined ? {} : { clientId }
    return azureRmConnection({ ...placeOf(this.scene.azure), name: 'machine', managedIdentity, ...twist })
  }

  /** `subject`: what the application trusts; what Azure DevOps says unless told otherwise. */
  async withFederation(
    twist: ConnectionTwist & { subject?: string; issuer?: string } = {},
  ): Promise<ServiceConnection> {
    const { subject, issuer, ...rest } = twist
    const own = this.scene.azure.addServiceConnection({ name: 'federated' })
    const federated = { issuer: issuer ?? own.issuer, subject: subject ?? own.subject }
    const { clientId } = await this.scene.azure.addServicePrincipal({ federated })
    return azureRmConnection({
      ...placeOf(this.scene.azure),
      ...{ name: own.name, id: own.id, clientId, federated: true },
      ...rest,
    })
  }

  /** What Azure DevOps adds to a job with a federated connection. */
  job() {
    const { oidcRequestUri, systemAccessToken } = this.scene.azure
    return { oidcRequestUri, accessToken: systemAccessToken }
  }

  /** What a machine with a managed identity has in its environment. */
  machine(): Record<string, string> {
    const { url, header } = this.scene.azure.identityEndpoint
    return { IDENTITY_ENDPOINT: url, IDENTITY_HEADER: header }
  }

  /** An app that reaches its storage with an identity: its settings name the endpoints, and no key. */
  async appWithoutKeys(): Promise<FunctionApp> {
    const { tableUrl, queueUrl, blobUrl } = (await this.scene.azure.storage.startWithTokens()).account()
    const settings = {
      AzureWebJobsStorage: '',
      AzureWebJobsStorage__tableServiceUri: tableUrl,
      AzureWebJobsStorage__queueServiceUri: queueUrl,
      AzureWebJobsStorage__blobServiceUri: blobUrl,
    }
    return await this.scene.app({ settings: { production: settings, staging: settings } })
  }

  /** The hub of the slot 'staging' of such an app; what fills it needs no identity. */
  async hubWithoutKeys(app: FunctionApp): Promise<FilledHub> {
    const { connectionString } = (await this.scene.azure.storage.startWithTokens()).account()
    return await fillHub({ connectionString, ca: this.scene.azure.caPem }, `${app.name}new`)
  }

  /** One look at a slot, the shortest task that there is. */
  async check(connection: ServiceConnection, twist: Twist = {}, inputs: Record<string, string> = {}): Promise<TaskRun> {
    return await this.scene.run(
      'CheckNoRunningOrchestrations',
      { appName: this.app.name, ...atOnce, azureSubscription: connection.name, ...inputs },
      { connections: [connection], ...twist },
    )
  }
}

export function assertIdle(run: TaskRun): void {
  assert.equal(run.result, 'Succeeded', run.log)
  assert.equal(run.outputs['verdict'], 'idle')
  assertEndsWell(run)
}

/** Each is told to the agent before any other line has it, and no other line ever has it. */
export function assertMasked(run: TaskRun, secrets: Readonly<Record<string, string>>): void {
  const lines = run.raw.split('\n')
  for (const [what, secret] of Object.entries(secrets)) {
    assert.ok(secret.length >= 4, `the ${what} is too short to be looked for`)
    assert.ok(run.secrets.includes(secret), `the ${what} was never registered:\n${run.log}`)
    const escaped = secret.replaceAll('%', '%AZP25')
    const telling = lines.filter((line) => line.includes(secret) || line.includes(escaped))
    for (const line of telling) assert.match(line, /^##vso\[task\.setsecret\]/, `the ${what} was printed`)
    for (const { text } of run.attachments) assert.ok(!text.includes(secret), `the ${what} is in an attachment`)
    for (const value of [...Object.values(run.outputs), ...Object.values(run.variables)]) {
      assert.ok(!value.includes(secret), `the ${what} is in a variable`)
    }
  }
}
