import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLoopbackProxy } from '../support/loopback-entra.ts'
import { nodesUnderTest } from '../support/nodes.ts'
import { assertRefused } from './endings.ts'
import { assertIdle, assertMasked, SignInScene } from './sign-in-scene.ts'

const hostOf = (url: string): string => new URL(url).host
const proxyPassword = 'pa%ss w;ord]'
const keyPassword = 'the-password-of-the-key'

for (const { name, nodePath } of nodesUnderTest()) {
  describe(`The agent's proxy, on ${name},`, () => {
    let at: SignInScene
    let proxy: Awaited<ReturnType<typeof startLoopbackProxy>>
    before(async () => {
      at = await SignInScene.start()
      proxy = await startLoopbackProxy()
    })
    after(async () => {
      await at.stop()
      await proxy.close()
    })
    beforeEach(() => void proxy.connects.splice(0))

    const asked = (): Set<string> => new Set(proxy.connects.map(({ to }) => to))
    const system = (bypass: readonly string[] = []) => ({
      ...at.job(),
      proxy: { url: `http://127.0.0.1:${proxy.port}`, username: 'agent', password: proxyPassword, bypass },
    })

    it('carries ARM, Entra ID, Azure DevOps and storage, with its user and password, which nobody sees', async () => {
      const { azure } = at.scene
      const app = await at.appWithoutKeys()
      const { tableUrl } = (await azure.storage.startWithTokens()).account()
      const connection = await at.withFederation()

      const twist = { nodePath, system: system(), variables: { 'System.Debug': 'true' } }
      const run = await at.check(connection, twist, { appName: app.name })

      assertIdle(run)
      for (const url of [azure.armUrl, azure.authorityUrl, azure.devOpsUrl, tableUrl]) {
        assert.ok(asked().has(hostOf(url)), url)
      }
      const basic = `Basic ${Buffer.from(`agent:${proxyPassword}`).toString('base64')}`
      for (const { to, authorization } of proxy.connects) assert.equal(authorization, basic, to)
      assertMasked(run, { 'password of the proxy': proxyPassword })
      assert.ok(!run.raw.includes(basic.slice('Basic '.length)))
    })

    it('is passed by for the hosts of the bypass list', async () => {
      const { azure } = at.scene
      const bypass = [`localhost:${new URL(azure.armUrl).port}`, '^https://LOCALHOST:\\d+/[0-9a-f-]+/_apis/']

      assertIdle(await at.check(await at.withFederation(), { nodePath, system: system(bypass) }))

      assert.ok(!asked().has(hostOf(azure.armUrl)) && !asked().has(hostOf(azure.devOpsUrl)))
      assert.ok(asked().has(hostOf(azure.authorityUrl)))
    })

    it('that nobody runs is told with what to check', async () => {
      const nowhere = { ...at.job(), proxy: { url: 'http://127.0.0.1:9' } }

      const run = await at.check(await at.withSecret(), { nodePath, system: nowhere })

      assertRefused(run, /no answer came \(ECONNREFUSED\)\. Check that the agent can reach this address, its proxy/)
    })
  })

  describe(`The agent's certificates, on ${name},`, () => {
    let at: SignInScene
    let folder: string
    let files: { caInfo: string; clientCert: string; clientCertKey: string }
    before(async () => {
      at = await SignInScene.start({ requireClientCertificate: true })
      folder = mkdtempSync(join(tmpdir(), 'certificates-'))
      const { caPem, clientCertificate } = at.scene.azure
      const file = (name: string, text: string): string => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      }
      const key = createPrivateKey(clientCertificate.key)
      const locked = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: keyPassword })
      files = {
        caInfo: file('ca.pem', caPem),
        clientCert: file('client.pem', clientCertificate.cert),
        clientCertKey: file('client.key', String(locked)),
      }
    })
    after(async () => {
      await at.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    for (const proxied of [false, true]) {
      it(`are trusted and shown${proxied ? ' through a proxy' : ''}, without NODE_EXTRA_CA_CERTS`, async () => {
        const proxy = await startLoopbackProxy()
        try {
          const certificates = { ...files, clientCertPassword: keyPassword }
          const through = proxied ? { proxy: { url: `http://127.0.0.1:${proxy.port}` } } : {}
          const twist = { nodePath, caFile: undefined, variables: { 'System.Debug': 'true' } }

          const run = await at.check(await at.withFederation(), {
            ...twist,
            system: { ...at.job(), certificates, ...through },
          })

          assertIdle(run)
          assertMasked(run, { 'password of the key': keyPassword })
          assert.equal(proxy.connects.length > 0, proxied)
        } finally {
          await proxy.close()
        }
      })
    }

    it('that are missing are told, with what to check', async () => {
      const { caInfo } = files

      const run = await at.check(await at.withSecret(), {
        ...{ nodePath, caFile: undefined },
        system: { certificates: { caInfo } },
      })

      assertRefused(
        run,
        /no answer came \(\w+\)\. Check that the agent can reach this address, its proxy and its certificates/,
      )
    })

    it('that cannot be read are told by path', async () => {
      const caInfo = join(folder, 'gone.pem')

      const run = await at.check(await at.withSecret(), { nodePath, system: { certificates: { caInfo } } })

      assertRefused(
        run,
        /The agent's CA certificate '.*gone\.pem' cannot be read\. Configure the agent's certificates again\./,
      )
    })

    it('whose key does not open with the password are told', async () => {
      const certificates = { ...files, clientCertPassword: 'another-password' }

      const run = await at.check(await at.withSecret(), { nodePath, caFile: undefined, system: { certificates } })

      assertRefused(run, /^The agent's client certificate key '.*client\.key' cannot be read, or not with the password/)
    })
  })
}
