import assert from 'node:assert/strict'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { startLoopbackProxy } from '../support/loopback-entra.ts'
import { assertRefused } from './endings.ts'
import { assertIdle, SignInScene } from './sign-in-scene.ts'

type Proxy = Awaited<ReturnType<typeof startLoopbackProxy>>

const hostOf = (url: string): string => new URL(url).host

const principals: readonly [string, (at: SignInScene) => Promise<ServiceConnection>][] = [
  ['a secret', (at) => at.withSecret()],
  ['a certificate', (at) => at.withCertificate()],
  ['federation', (at) => at.withFederation()],
]

const clouds: readonly [string, string][] = [
  ['AzureStack', 'https://management.local.azurestack.external/2b5c'],
  ['AzureUSGovernment', 'https://management.core.usgovcloudapi.net/'],
  ['AzureChinaCloud', 'https://management.core.chinacloudapi.cn/'],
]

describe('A packaged task asks nobody but whom the service connection names', () => {
  let at: SignInScene
  let proxy: Proxy
  before(async () => {
    at = await SignInScene.start({
      armAudiences: [...clouds.map(([, audience]) => audience), 'https://management.core.windows.net/'],
    })
    proxy = await startLoopbackProxy()
  })
  after(async () => {
    await at.stop()
    await proxy.close()
  })
  beforeEach(() => void proxy.connects.splice(0))

  const askedFor = (): readonly string[] => [...new Set(proxy.connects.map(({ to }) => to))].sort()
  const throughProxy = () => ({ ...at.job(), proxy: { url: `http://127.0.0.1:${proxy.port}` } })

  for (const [what, make] of principals) {
    it(`with ${what}, where every connection is seen by a proxy`, async () => {
      const { azure } = at.scene
      const app = await at.appWithoutKeys()
      const connection = await make(at)

      assertIdle(await at.check(connection, { system: throughProxy() }, { appName: app.name }))

      const { tableUrl, queueUrl, blobUrl } = (await azure.storage.startWithTokens()).account()
      const own = [azure.armUrl, azure.authorityUrl, azure.devOpsUrl, tableUrl, queueUrl, blobUrl].map(hostOf)
      assert.ok(
        askedFor().every((to) => own.includes(to)),
        askedFor().join(', '),
      )
      assert.ok(askedFor().includes(hostOf(azure.armUrl)) && askedFor().includes(hostOf(azure.authorityUrl)))
    })
  }

  it('whatever HTTPS_PROXY says, which the agent does not set', async () => {
    const url = `http://127.0.0.1:${proxy.port}`
    const extraEnv = { HTTPS_PROXY: url, https_proxy: url, HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url }

    assertIdle(await at.check(await at.withSecret(), { extraEnv }))

    assert.deepEqual(askedFor(), [])
  })

  it('with a managed identity, which no proxy sees', async () => {
    at.scene.azure.addManagedIdentity({ systemAssigned: true })

    assertIdle(await at.check(at.withManagedIdentity(), { system: throughProxy(), extraEnv: at.machine() }))

    const { url } = at.scene.azure.identityEndpoint
    assert.ok(askedFor().includes(hostOf(at.scene.azure.armUrl)))
    assert.ok(!askedFor().includes(hostOf(url)) && !askedFor().includes(hostOf(at.scene.azure.authorityUrl)))
  })

  for (const [environment, audience] of clouds) {
    it(`in ${environment}, with the audience of the connection`, async () => {
      const { azure } = at.scene
      const data = { activeDirectoryServiceEndpointResourceId: audience }
      const app = await at.appWithoutKeys()
      const connection = await at.withSecret({ environment, data })

      assertIdle(await at.check(connection, { system: throughProxy() }, { appName: app.name }))

      const clientId = connection.parameters['serviceprincipalid']
      const armToken = azure.tokens.issued.find((token) => token.clientId === clientId)
      assert.equal(armToken?.resource, audience)
      assert.ok(
        askedFor().every((to) => /^(?:localhost|127\.0\.0\.1):\d+$/.test(to)),
        askedFor().join(', '),
      )
    })
  }

  it('and takes its authority from environmentAuthorityUrl alone', async () => {
    const data = { activeDirectoryAuthority: 'https://login.elsewhere.example/' }

    assertIdle(await at.check(await at.withSecret({ data }), { system: throughProxy() }))

    assert.ok(askedFor().includes(hostOf(at.scene.azure.authorityUrl)))
    assert.ok(!askedFor().some((to) => to.includes('elsewhere')), askedFor().join(', '))
  })

  it('and says which authority it did not reach', async () => {
    const connection = await at.withSecret({ authorityUrl: 'https://localhost:9/' })

    assertRefused(await at.check(connection), /Could not sign in .* at 'localhost:9': no answer came/)
  })
})
