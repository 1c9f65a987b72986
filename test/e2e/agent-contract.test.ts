import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import { runTask } from '../../pipeline-runner/agent/run-task.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { nodesUnderTest } from '../support/nodes.ts'
import { atOnce } from './check-scene.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { assertMasked } from './sign-in-scene.ts'
import type { TaskName } from './scene.ts'
import { Scene } from './scene.ts'

type Twist = NonNullable<Parameters<Scene['run']>[2]>

const taskNames: readonly TaskName[] = [
  'CheckNoRunningOrchestrations',
  'RotateTaskHub',
  'SlotSwap',
  'CleanupTaskHub',
  'DrainFunctionApp',
]

for (const { name, nodePath } of nodesUnderTest()) {
  describe(`Under the contract of the agent, on ${name},`, () => {
    let scene: Scene
    let work: string
    before(async () => (scene = await Scene.start()))
    after(async () => await scene.stop())
    beforeEach(() => void (work = mkdtempSync(join(tmpdir(), 'contract-'))))
    afterEach(() => {
      rmSync(work, { recursive: true, force: true })
    })

    const twist = (more: Twist = {}): Twist => ({ nodePath, workFolder: work, ...more })

    describe('where each task does its work with System.Debug,', () => {
      let folder: string
      const runs: (readonly [TaskName, TaskRun])[] = []
      before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'contract-'))
        const app = await scene.app()
        await (await scene.hub(`${app.name}gone`)).completed(1)
        const inputs: Readonly<Record<TaskName, Record<string, string>>> = {
          CheckNoRunningOrchestrations: atOnce,
          RotateTaskHub: { taskHubName: `${app.name}next`, requireIdle: 'false' },
          SlotSwap: { taskHubName: `${app.name}next`, dryRun: 'true' },
          CleanupTaskHub: { taskHubName: `${app.name}gone` },
          DrainFunctionApp: { action: 'status' },
        }
        const variables = { 'System.Debug': 'true' }
        for (const task of taskNames) {
          const twist = { nodePath, variables, workFolder: join(folder, task) }
          runs.push([task, await scene.run(task, { appName: app.name, ...inputs[task] }, twist)])
        }
      })
      after(() => {
        rmSync(folder, { recursive: true, force: true })
      })

      it('it ends once, with exit code 0, and tells nothing secret', () => {
        for (const [task, run] of runs) {
          assert.match(run.result, /^Succeeded/, `${task}: ${run.log}`)
          assert.match(run.raw, /\n##vso\[task\.complete [^\n]*$/, `${task} said more after its result`)
          assertEndsWell(run)
          const { serviceprincipalkey = '' } = scene.connection.parameters
          assertMasked(run, { 'client secret': serviceprincipalkey })
        }
      })

      it('it leaves nothing behind but its summary', () => {
        for (const [task] of runs) assertNothingLeft(join(folder, task))
      })

      it('it sets only variables that it declares', () => {
        for (const [task, run] of runs) {
          const told = /.*(?:has been disabled|readonly variable|not allowed in this step|does not know).*/.exec(
            run.log,
          )
          assert.equal(told, null, `${task}: ${told?.[0] ?? ''}`)
          assert.notDeepEqual(run.outputs, {}, task)
        }
      })
    })

    it('a failure of any kind is one result and exit code 0 too', async () => {
      for (const task of taskNames) {
        assertRefused(await scene.run(task, { appName: 'nobody', taskHubName: 'nobody7' }, twist()), /'nobody'/)
        assertRefused(await scene.run(task, { appName: '', dryRun: 'perhaps' }, twist()), /appName/)
      }
      assertNothingLeft(work)
    })

    it('a task needs no right to write where it is installed, nor on its way there a package of its own', async () => {
      const folder = join(work, 'tasks', 'check')
      const definition = readTaskDefinition(scene.taskFolder('CheckNoRunningOrchestrations'))
      mkdirSync(folder, { recursive: true })
      cpSync(definition.folder, folder, { recursive: true })
      // Above the agent's folder may be anybody's package; a bundle that were read as a module would not start.
      writeFileSync(join(work, 'tasks', 'package.json'), '{ "type": "module" }')
      for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o444)
      chmodSync(folder, 0o555)
      const app = await scene.app()
      try {
        const run = await runTask({
          ...{ nodePath, workFolder: work, caFile: scene.azure.caFile, connections: [scene.connection] },
          task: folder,
          inputs: { azureSubscription: scene.connection.name, appName: app.name, ...atOnce },
        })

        assert.equal(run.result, 'Succeeded', run.log)
        assert.deepEqual(readdirSync(folder).sort(), readdirSync(definition.folder).sort())
      } finally {
        chmodSync(folder, 0o755)
      }
    })

    it('a task takes long inputs of many lines', async () => {
      const app = await scene.app()
      const hub = await scene.hub(`${app.name}new`)
      await hub.running({ instanceId: 'monitor-1999', name: 'Monitor' })
      const lines = Array.from({ length: 2000 }, (_, index) => `id: monitor-${index}`)

      const run = await scene.run(
        'CheckNoRunningOrchestrations',
        { appName: app.name, ...atOnce, ignoreInstances: lines.join('\r\n') },
        twist(),
      )

      assert.equal(run.outputs['verdict'], 'idle', run.log)
      assertEndsWell(run)
      assert.ok(
        warningsOf(run).some((text) => text.includes('ignored')),
        run.log,
      )
    })

    it('a task that is tried again ends well when it can', async () => {
      const app = await scene.app()
      const fault = scene.azure.faults.add({
        service: 'entra',
        method: 'POST',
        times: 1,
        action: { kind: 'body', body: '{}' },
      })
      try {
        const run = await scene.run(
          'CheckNoRunningOrchestrations',
          { appName: app.name, ...atOnce },
          twist({ retries: 2, retryDelayMs: () => 1 }),
        )

        assert.equal(run.result, 'Succeeded', run.log)
        assert.equal(run.attempts, 2)
        assert.equal(run.raw.match(/##vso\[task\.complete /g)?.length, 2)
      } finally {
        fault.remove()
      }
    })

    it('a task starts fast', async function () {
      const started = performance.now()
      const run = await scene.run('RotateTaskHub', { appName: '' }, twist())
      const ms = Math.round(performance.now() - started)
      assertRefused(run, /appName/)
      if (this.test) this.test.title += ` (${ms} ms from start to end)`
    })
  })
}

/** What a task leaves on the machine: its summary, and the key that task-lib keeps for its vault. */
function assertNothingLeft(work: string): void {
  const left = readdirSync(join(work, '_temp')).filter((file) => !/^summary-[0-9a-f-]{36}\.md$/.test(file))
  assert.deepEqual(
    left.filter((file) => file !== '.taskkey'),
    [],
  )
  assert.deepEqual(readdirSync(join(work, '1', 's')), [])
}
