import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { OrchestrationContext } from '../../emulator/durable/app.ts'
import type { Counts } from '../../core/task-hub/idle-proof/evidence.ts'
import { startWorker, type Worker } from '../../emulator/durable/worker.ts'
import { root } from '../../scripts/packaging/project.ts'
import type { HistoryEntry } from '../../state-service/documents/documents.ts'
import { runRequest, type SingleRequest } from '../support/server-task/run-request.ts'
import { atOnce } from './check-scene.ts'
import { cleanUp } from './cleanup-scene.ts'
import { assertEndsWell } from './endings.ts'
import { Scene } from './scene.ts'
import { startStateService, type RunningService } from './state-service-scene.ts'

const gate = (
  JSON.parse(readFileSync(join(root, 'tasks/StateServiceGate/StateServiceGateV1/task.json'), 'utf8')) as {
    execution: { HttpRequest: { Execute: SingleRequest } }
  }
).execution.HttpRequest.Execute

describe('The state service, with the packaged tasks and the gate', function () {
  this.timeout(60_000)
  let scene: Scene
  let app: FunctionApp
  let state: RunningService
  before(async () => {
    scene = await Scene.start({ startHost: () => idleHost })
  })
  after(() => scene.stop())
  beforeEach(async () => {
    app = await scene.app()
    state = await startStateService(scene, [app])
  })
  afterEach(() => state.stop())

  const service = () => ({ stateServiceUrl: state.url, stateServiceKey: state.key })
  const check = (inputs: Readonly<Record<string, string>> = service()) =>
    scene.run('CheckNoRunningOrchestrations', { appName: app.name, ...atOnce, evidence: 'stateService', ...inputs })
  const askGate = (twist: Readonly<Record<string, string>> = {}) =>
    runRequest(gate, {
      ...service(),
      appName: app.name,
      slotName: 'staging',
      maxProofAgeInSeconds: '0',
      ...twist,
    })
  const told = async () => {
    const { entries } = await state.get(`apps/${app.name}/history`)
    return (entries as HistoryEntry[]).map(({ what, slot, taskHub }) => `${what} ${slot ?? '-'} ${taskHub ?? '-'}`)
  }

  it('is told of a whole deployment, and finds every word of it true', async () => {
    const [before, fresh] = [`${app.name}new`, `${app.name}7`]
    await scene.hub(before)
    const rotated = await scene.run('RotateTaskHub', { appName: app.name, taskHubName: fresh, ...service() })
    assert.match(rotated.result, /^Succeeded/, rotated.log)
    assert.match(rotated.log, new RegExp(`The state service was told .* Slot 'staging' runs task hub '${fresh}'`))

    const inputs = { appName: app.name, taskHubName: fresh, settleInSeconds: '0', ...service() }
    const swapped = await scene.run('SlotSwap', inputs)
    assert.match(swapped.result, /^Succeeded/, swapped.log)
    assert.match(swapped.log, new RegExp(`The state service was told .* Slot 'production' runs task hub '${fresh}'`))

    const cleaned = await cleanUp(scene, app, [before], service())
    assert.match(cleaned.result, /^Succeeded/, cleaned.log)
    assert.match(cleaned.log, new RegExp(`The state service was told .* No part of task hub '${before}' is left`))

    assert.deepEqual(await told(), [
      `cleanedUp - ${before}`,
      `swapAnnounced production ${fresh}`,
      `stagingAnnounced staging ${fresh}`,
    ])
    const { announced } = await state.get(`apps/${app.name}/slots/production/status`)
    assert.equal((announced as { isLive: boolean }).isLive, true)
  })

  it('is told once of what is run again', async () => {
    const inputs = { appName: app.name, taskHubName: `${app.name}7`, requireIdle: 'false', ...service() }
    for (let time = 0; time < 2; time++) {
      const run = await scene.run('RotateTaskHub', inputs)
      assert.match(run.result, /^Succeeded/, run.log)
    }
    assert.deepEqual(await told(), [`stagingAnnounced staging ${app.name}7`])
  })

  it('gives a task its evidence, idle and busy', async () => {
    const hub = await scene.hub(`${app.name}new`)
    const idle = await check()
    assert.match(idle.result, /^Succeeded/, idle.log)
    assertEndsWell(idle)
    assert.deepEqual([idle.outputs['verdict'], idle.outputs['evidence']], ['idle', 'stateService'])

    await workedOn(hub, () => hub.running({ name: 'Order', version: '2.0' }))
    const busy = await check()
    assert.match(busy.result, /^Failed/, busy.log)
    assert.deepEqual([busy.outputs['verdict'], busy.outputs['runningCount']], ['busy', '1'])
    assert.equal(busy.outputs['inFlightByName'], '{"Order":1}')
    assert.equal(busy.outputs['inFlightByVersion'], '{"2.0":1}')
  })

  it('is asked as the service connection where a task is given an audience', async () => {
    await scene.hub(`${app.name}new`)
    const run = await check({ stateServiceUrl: state.url, stateServiceAudience: state.audience })
    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
  })

  it('is believed by no task whose key it does not know, and the key is told nowhere', async () => {
    const stateServiceKey = 'a-key-of-somebody-else-entirely-0123456789'
    const run = await check({ stateServiceUrl: state.url, stateServiceKey })
    assert.match(run.result, /^Failed/, run.log)
    assert.equal(run.outputs['verdict'], 'unknown')
    assert.doesNotMatch(run.log, /a-key-of-somebody/)
    assert.doesNotMatch(state.log.lines.join() + state.log.warnings.join(), /a-key-of-somebody/)
  })

  it('makes a rotation less informed while it is down, and no more than that', async () => {
    await state.stop()
    const run = await scene.run('RotateTaskHub', {
      ...{ appName: app.name, taskHubName: `${app.name}7`, requireIdle: 'false' },
      ...service(),
    })
    assert.match(run.result, /^Succeeded/, run.log)
    assert.match(run.log, /warning.*The state service was not told .* no less safe/)
    state = await startStateService(scene, [app])
  })

  it('lets its gate through only while the hub is idle', async () => {
    const hub = await scene.hub(`${app.name}new`)
    assert.equal((await askGate()).passed, true)
    assert.equal((await askGate({ slotName: 'STAGING' })).passed, true)
    assert.equal((await askGate({ slotName: 'other' })).passed, false)
    assert.equal((await askGate({ appName: 'other' })).passed, false)
    assert.equal((await askGate({ stateServiceKey: 'a-key-of-somebody-else-entirely-0123456789' })).passed, false)
    await workedOn(hub, () => hub.running())
    assert.equal((await askGate()).passed, false)
  })

  it('holds its gate after an event, before anything shows in the hub', async () => {
    await scene.hub(`${app.name}new`)
    assert.equal((await askGate()).passed, true)
    const data = { hubName: `${app.name}new`, functionName: 'Order', instanceId: 'order-7', runtimeStatus: 'Running' }
    const event = {
      ...{ id: '1', topic: '/t', subject: 'durable/orchestrator/Running', data, eventType: 'orchestratorEvent' },
      ...{ eventTime: '2026-11-21T10:00:00Z', metadataVersion: '1', dataVersion: '1.0' },
    }
    const headers = { 'content-type': 'application/json', 'x-functions-key': state.key }
    const body = JSON.stringify([event])
    const posted = await fetch(`${state.url}/api/v1/events`, { method: 'POST', headers, body })
    assert.deepEqual(await posted.json(), { taken: 1, ignored: 0 })
    assert.equal((await askGate()).passed, false)
  })

  describe('with a worker', () => {
    let worker: Worker
    beforeEach(async () => {
      worker = startWorker({
        connection: scene.azure.storage.account().connectionString,
        hub: `${app.name}new`,
        app: {
          ...{ appVersion: '1', defaultVersion: '', activities: {}, entities: {} },
          // It waits for nothing but an event from outside, so that no queue shows it.
          orchestrators: {
            *Approval(context: OrchestrationContext) {
              yield context.waitForExternalEvent('Approved')
            },
          },
        },
        leaseSeconds: 2,
      })
      await worker.ready
    })
    afterEach(async () => {
      await worker.stop()
    })

    it('finds what no event told of and no queue shows, although it had proven the hub idle a moment before', async () => {
      assert.equal((await askGate()).passed, true)
      await worker.client.startNew('Approval', undefined, 'approval-1')
      await waitsForEvent('approval-1')
      assert.equal((await askGate()).passed, false)
    })

    /** Its queue is empty, and its row runs. */
    async function waitsForEvent(instanceId: string): Promise<void> {
      for (;;) {
        const status = await worker.client.getStatus(instanceId)
        const { counts } = (await state.get(`apps/${app.name}/slots/staging/status`)) as { counts: Counts }
        if (status?.runtimeStatus === 'Running' && counts.queuedMessages === 0) return
      }
    }

    it('proves a hub once while its worker is gone, and again when one comes', async () => {
      await worker.stop()
      const path = `apps/${app.name}/slots/staging/status`
      await state.get(path)
      const kept = await state.get(path)
      assert.deepEqual([kept['verdict'], kept['grounds'], kept['keptBecause']], ['idle', 'keptProof', 'noWorkerSince'])
    })
  })
})

/** Only a worker writes such rows, and it holds a partition while it does. */
async function workedOn(hub: FilledHub, act: () => Promise<unknown>): Promise<void> {
  await act()
  await hub.expiredPartition(0)
}

const idleHost = {
  ready: Promise.resolve(),
  functions: () => [],
  handle: () =>
    Promise.resolve({ status: 200, body: '{"state":"Running"}', headers: { 'content-type': 'application/json' } }),
  stop: () => Promise.resolve(),
}
