import assert from 'node:assert/strict'
import { Scene } from './scene.ts'

describe('CheckNoRunningOrchestrations, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  it("says that a slot's hub is idle", async () => {
    const app = await scene.app()
    const hub = await scene.hub(`${app.name}new`)
    await hub.completed(3)

    const run = await scene.run('CheckNoRunningOrchestrations', {
      appName: app.name,
      quietPeriodInSeconds: '0',
      timeoutInMinutes: '0',
    })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.outputs['verdict'], 'idle')
  })
})
