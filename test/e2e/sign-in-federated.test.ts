import assert from 'node:assert/strict'
import { listen } from '../../emulator/http/listener.ts'
import { startLoopbackProxy } from '../support/loopback-entra.ts'
import { nodesUnderTest } from '../support/nodes.ts'
import { assertRefused } from './endings.ts'
import { assertIdle, assertMasked, SignInScene } from './sign-in-scene.ts'

for (const { name, nodePath } of nodesUnderTest()) {
  describe(`Workload identity federation, in a long wait on ${name},`, () => {
    let at: SignInScene
    before(async () => (at = await SignInScene.start()))
    after(async () => await at.stop())

    it('gets a fresh assertion at every renewal', async () => {
      const { azure } = at.scene
      const app = await at.appWithoutKeys()
      const hub = await at.hubWithoutKeys(app)
      await hub.queuedActivity()
      const connection = await at.withFederation()
      // Two assertions are enough apart that one used again would be past its end.
      azure.tokens.lifetimeSeconds = 3
      azure.devOps.lifetimeSeconds = 2
      azure.requests.clear()
      const asked = () => azure.requests.count({ service: 'devops', status: 200 })
      const lookedOften = (async () => {
        while (asked() < 5) await azure.requests.next({ service: 'devops', status: 200 })
        await hub.storage.queue(hub.names.workItems).clearMessages()
      })()

      const wait = { timeoutInMinutes: '1', pollIntervalInSeconds: '1' }
      const run = await at.check(connection, { nodePath, system: at.job() }, { appName: app.name, ...wait })
      await lookedOften

      assertIdle(run)
      const used = azure.requests
        .all({ method: 'POST' })
        .filter(({ service }) => service === 'devops' || service === 'entra')
        .map(({ service, status }) => `${service} ${status ?? 'none'}`)
      assert.ok(used.length >= 10, used.join('\n'))
      used.forEach((each, index) => assert.equal(each, index % 2 === 0 ? 'devops 200' : 'entra 200', used.join('\n')))
      assert.equal(new Set(azure.devOps.issued).size, used.length / 2)
      const issued = Object.fromEntries(azure.devOps.issued.map((token, index) => [`assertion ${index}`, token]))
      assertMasked(run, issued)
    })
  })
}

describe('Workload identity federation without TLS', () => {
  let at: SignInScene
  before(async () => (at = await SignInScene.start()))
  after(async () => await at.stop())

  it('is had from loopback, past the proxy of the agent', async () => {
    const { azure } = at.scene
    const proxy = await startLoopbackProxy()
    const plain = await listen({
      service: 'devops',
      faults: azure.faults,
      requests: azure.requests,
      handle: (call) => Promise.resolve(azure.devOps.answer(call)),
    })
    try {
      const oidcRequestUri = `http://127.0.0.1:${plain.port}${new URL(azure.oidcRequestUri).pathname}`
      const connection = await at.withFederation()

      const run = await at.check(connection, {
        system: { ...at.job(), oidcRequestUri, proxy: { url: `http://127.0.0.1:${proxy.port}` } },
      })

      assertIdle(run)
      assert.equal(azure.requests.count({ service: 'devops', hostName: `127.0.0.1:${plain.port}` }), 1)
      assert.ok(proxy.connects.length > 0)
      assert.ok(proxy.connects.every(({ to }) => to !== `127.0.0.1:${plain.port}`))
    } finally {
      await plain.close()
      await proxy.close()
    }
  })

  it('is refused anywhere else, and the token of the job is kept', async () => {
    const proxy = await startLoopbackProxy()
    try {
      const run = await at.check(await at.withFederation(), {
        system: {
          ...at.job(),
          oidcRequestUri: 'http://devops.example/oidctoken',
          proxy: { url: `http://127.0.0.1:${proxy.port}` },
        },
      })

      assertRefused(run, /'http:\/\/devops\.example\/oidctoken' is not a plain https address/)
      assert.deepEqual(proxy.connects, [])
    } finally {
      await proxy.close()
    }
  })
})
