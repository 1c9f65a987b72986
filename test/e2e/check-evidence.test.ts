import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { Rights } from '../../emulator/identities.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { atOnce, contentsOf } from './check-scene.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { placeOf, Scene } from './scene.ts'

describe('CheckNoRunningOrchestrations asks', () => {
  let scene: Scene
  let content: string
  before(async () => {
    scene = await Scene.start()
    content = await mkdtemp(join(tmpdir(), 'check-content-'))
    const hostJson = { version: '2.0', extensions: { durableTask: { hubName: '%TaskHubName%' } } }
    await writeFile(join(content, 'host.json'), JSON.stringify(hostJson))
    await writeFile(join(content, 'package.json'), '{ "version": "1.0.0", "type": "module" }')
    await writeFile(join(content, 'functions.mjs'), 'export const orchestrators = { *ProcessOrder() {} }\n')
  })
  after(async () => {
    await scene.stop()
    await rm(content, { recursive: true, force: true })
  })

  const check = (app: FunctionApp, inputs: Readonly<Record<string, string>> = {}, twist = {}) =>
    scene.run('CheckNoRunningOrchestrations', { appName: app.name, ...atOnce, ...inputs }, twist)
  /** An app with a host in slot 'staging', which has provisioned its hub. */
  const deployed = async (settings: Readonly<Record<string, string>> = {}) => {
    const app = await scene.app({ content: { staging: content }, settings: { staging: { ...settings } } })
    await app.slot('staging').ready()
    return app
  }
  const seeded = async (app: FunctionApp) =>
    await fillHub(scene.azure.storage.account().connectionString, `${app.name}new`, { parts: [] })
  const connectionOf = async (rights: Rights) => {
    const principal = await scene.azure.addServicePrincipal(rights)
    const { clientId, secret = '' } = principal
    return azureRmConnection({ ...placeOf(scene.azure), name: 'narrow', clientId, secret })
  }
  const assertIdle = (run: TaskRun, evidence: string) => {
    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    assert.deepEqual([run.outputs['verdict'], run.outputs['evidence']], ['idle', evidence])
  }

  describe('the management API', () => {
    it('which shows nothing running, and tells what was not checked', async () => {
      const app = await deployed()
      await (await seeded(app)).completed(2)

      const run = await check(app, { evidence: 'managementApi' })

      assertIdle(run, 'managementApi')
      assert.match(run.attachments[0]?.text ?? '', /Not checked: control and work-item queues/)
    })

    it('which shows running, pending and suspended instances', async () => {
      const app = await deployed()
      const hub = await seeded(app)
      await hub.running({ instanceId: 'order-1' })
      await hub.pending({ message: false })
      await hub.suspended()
      await hub.entity('counter', 'total', { lockedBy: 'order-1' })

      const run = await check(app, { evidence: 'managementApi' })

      assertRefused(run, /is busy: 1 running, 1 pending, 1 suspended, 1 busy entity/)
      assert.deepEqual(JSON.parse(run.outputs['inFlightByName'] ?? ''), { ProcessOrder: 3, '@counter': 1 })
      assert.equal(run.outputs['runningCount'], '1')
    })

    it("without naming the slot's own hub, for the host would create a wrong one", async () => {
      const app = await deployed()
      scene.azure.requests.clear()

      await check(app, { evidence: 'managementApi' })

      const asked = scene.azure.requests.all({ service: 'arm', path: /hostruntime/ })
      assert.ok(asked.length > 0)
      for (const { target, method } of asked) {
        assert.equal(method, 'GET')
        assert.doesNotMatch(target, /taskHub=/i)
      }
    })

    it("about a typed hub of the slot's account", async () => {
      const app = await deployed()
      await (await scene.hub('typedone')).running()

      assertRefused(
        await check(app, { evidence: 'managementApi', taskHubName: 'typedone' }),
        /^Task hub 'typedone' is busy: 1 running/,
      )
    })

    it('about no typed hub whose tables are gone', async () => {
      const app = await deployed()
      const hub = await scene.hub('tableless')
      for (const table of [hub.names.instances, hub.names.history, hub.names.partitions]) {
        await hub.storage.tables.deleteTable(table)
      }
      const before = await contentsOf(scene)

      assertRefused(
        await check(app, { evidence: 'managementApi', taskHubName: 'tableless' }),
        /^Task hub 'tableless' has no tables in storage account 'stdurable'.*Give evidence 'storage'\.$/,
      )
      assert.deepEqual(await contentsOf(scene), before)
    })

    it('through the host and its key where ARM does not pass the question on', async () => {
      const app = await deployed()
      await (await seeded(app)).running()
      const fault = scene.azure.faults.add({
        service: 'arm',
        path: /hostruntime/,
        action: { kind: 'status', status: 403, body: '{"error":{"code":"AuthorizationFailed","message":"No."}}' },
      })

      const run = await check(app, { evidence: 'managementApi' })
      fault.remove()

      assertRefused(run, /is busy: 1 running/)
      const { keys } = app.slot('staging')
      for (const key of [keys.master, ...Object.values(keys.system)]) assert.ok(run.secrets.includes(key))
    })

    it('and takes an answer in HTML for unknown', async () => {
      const app = await deployed()
      const faults = [
        scene.azure.faults.add({ service: 'arm', path: /hostruntime/, action: { kind: 'html' } }),
        scene.azure.faults.add({ service: 'host', path: /durabletask/, action: { kind: 'html' } }),
      ]

      const run = await check(app, { evidence: 'managementApi' })
      for (const fault of faults) fault.remove()

      assertRefused(run, /is not proven idle: .*HTML/)
      assert.equal(run.outputs['verdict'], 'unknown')
    })

    const page = (instances: readonly unknown[], token?: string) => ({
      kind: 'rewrite' as const,
      change: () => ({
        status: 200,
        headers: { 'content-type': 'application/json', ...(token && { 'x-ms-continuation-token': token }) },
        body: JSON.stringify(instances),
      }),
    })

    it('and takes a list that does not end for unknown', async () => {
      const app = await deployed()
      const action = page([], 'YWdhaW4=')
      const fault = scene.azure.faults.add({ service: 'arm', path: /hostruntime/, action })

      const run = await check(app, { evidence: 'managementApi' })
      fault.remove()

      assertRefused(
        run,
        /is not proven idle: could not list the instances of task hub '\w+': the list does not end, a continuation token repeats/,
      )
      assert.equal(run.outputs['verdict'], 'unknown')
      assert.equal(fault.struck(), 2)
    })

    it('past a page that is empty and has a successor', async () => {
      const app = await deployed()
      const last = page([{ instanceId: 'order-1', name: 'ProcessOrder', runtimeStatus: 'Running' }])
      const faults = [page([], 'bmV4dA=='), last].map((action) =>
        scene.azure.faults.add({ service: 'arm', path: /hostruntime/, times: 1, action }),
      )

      const run = await check(app, { evidence: 'managementApi' })
      for (const fault of faults) fault.remove()

      assertRefused(run, /is busy: 1 running, oldest 'order-1'/)
    })

    it('and takes a list whose items are no instances for unknown', async () => {
      const app = await deployed()
      const faults = (['arm', 'host'] as const).map((service) =>
        scene.azure.faults.add({ service, path: /hostruntime|durabletask/, action: page([{ id: 'order-1' }]) }),
      )

      const run = await check(app, { evidence: 'managementApi' })
      for (const fault of faults) fault.remove()

      assertRefused(run, /is not proven idle: .*the answer is not a list of instances/)
      assert.equal(run.outputs['verdict'], 'unknown')
    })

    it('and says so where no host answers', async () => {
      const app = await scene.app()

      const run = await check(app, { evidence: 'managementApi' })

      assertRefused(run, /is not proven idle: could not list the instances of task hub '\w+'/)
      assert.equal(run.outputs['verdict'], 'unknown')
    })
  })

  describe('whatever can be read, with evidence auto:', () => {
    it('storage where it can be', async () => {
      const app = await deployed()

      const run = await check(app, { evidence: 'auto' })

      assertIdle(run, 'storage')
      assert.deepEqual(warningsOf(run), [])
    })

    it('the app where the settings hide its storage, with a warning of what was not checked', async () => {
      const app = await deployed()
      await (await seeded(app)).completed(1)
      const staging = app.slot('staging')
      staging.replaceSettings({
        ...staging.settings,
        AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/storage/)',
      })

      const run = await check(app)

      assertIdle(run, 'managementApi')
      const [warning] = warningsOf(run)
      assert.match(
        warning ?? '',
        /^Storage of task hub '\w+' cannot be read \(.*Key Vault reference.*\), so its app is asked instead\. Queues and messages without an instance are not checked\.$/,
      )
    })

    it('the app where the identity has no data role, and storage where it has one', async () => {
      const tokens = (await scene.azure.storage.startWithTokens()).account()
      const settings = {
        AzureWebJobsStorage: '',
        AzureWebJobsStorage__tableServiceUri: tokens.tableUrl,
        AzureWebJobsStorage__queueServiceUri: tokens.queueUrl,
        AzureWebJobsStorage__blobServiceUri: tokens.blobUrl,
      }
      const app = await scene.app({ settings: { staging: settings } })
      const [without, holding] = [await connectionOf({ storage: false }), await connectionOf({ storage: true })]

      const denied = await check(app, { azureSubscription: 'narrow' }, { connections: [without] })
      assertRefused(denied, /is not proven idle: could not list the instances/)
      assert.equal(denied.outputs['evidence'], 'managementApi')
      assert.match(
        warningsOf(denied)[0] ?? '',
        /cannot be read \(.*AuthorizationPermissionMismatch.*Storage \w+ Data Reader/,
      )

      const refused = await check(app, { azureSubscription: 'narrow', evidence: 'storage' }, { connections: [without] })
      assertRefused(refused, /is not proven idle: .*AuthorizationPermissionMismatch.*role 'Storage Queue Data Reader'/)

      const read = await check(app, { azureSubscription: 'narrow' }, { connections: [holding] })
      assertIdle(read, 'storage')
    })

    it('not the app where storage answers what makes no sense', async () => {
      const front = (await scene.azure.storage.front()).account()
      const app = await deployed()
      const staging = app.slot('staging')
      staging.replaceSettings({ ...staging.settings, AzureWebJobsStorage: front.connectionString })
      const fault = scene.azure.faults.add({ service: 'storage', action: { kind: 'html' } })

      const run = await check(app)
      fault.remove()

      assertRefused(run, /is not proven idle: .*'text\/html' instead of/)
      assert.deepEqual([run.outputs['verdict'], run.outputs['evidence']], ['unknown', 'storage'])
    })
  })

  it('no state service without its address, and asks nobody', async () => {
    const app = await scene.app()
    scene.azure.requests.clear()

    assertRefused(
      await check(app, { evidence: 'stateService' }),
      /^Input 'stateServiceUrl' is required with evidence 'stateService'\. Give the address of the state service\.$/,
    )
    assert.deepEqual(scene.azure.requests.all(), [])
  })
})
