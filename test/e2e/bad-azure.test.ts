import assert from 'node:assert/strict'
import type { Rights } from '../../emulator/identities.ts'
import type { FaultAction } from '../../emulator/http/faults.ts'
import type { AzureRmOptions } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { assertRefused } from './endings.ts'
import type { TaskName } from './scene.ts'
import { placeOf, Scene } from './scene.ts'

const inputs: Readonly<Record<TaskName, Readonly<Record<string, string>>>> = {
  CheckNoRunningOrchestrations: { timeoutInMinutes: '0' },
  RotateTaskHub: { taskHubName: 'fresh7' },
  SlotSwap: { taskHubName: 'shopnew' },
  CleanupTaskHub: { taskHubName: 'retired7' },
  DrainFunctionApp: { action: 'release' },
}
const tasks = Object.keys(inputs) as TaskName[]

type Connecting = readonly [name: string, twist: Readonly<Record<string, unknown>>, ...says: RegExp[]]

const connections: readonly Connecting[] = [
  [
    'with a publish profile',
    { publishProfile: '<publishData />' },
    /uses a publish profile, which cannot/,
    /Use a service/,
  ],
  [
    'with a wrong secret',
    { secret: 'not-the-secret' },
    /^Could not sign in with service connection '.*AADSTS7000215/,
    /The secret is wrong\. Give the service connection a new secret\.$/,
  ],
  ['without a secret', { secret: '' }, /has no service principal key\. Correct it in Project settings/],
  ['without a tenant', { tenantId: '' }, /has no tenant id\. Correct it/],
  ['without a service principal', { clientId: '' }, /has no service principal id\. Correct it/],
  ['without a subscription', { data: { subscriptionId: '' } }, /has no subscription id\. Correct it/],
  [
    'of a management group',
    { data: { subscriptionId: '', scopeLevel: 'ManagementGroup' } },
    /has the scope 'ManagementGroup' and no subscription; make one for the subscription of the function app\.$/,
  ],
  [
    'to an address without TLS',
    { armUrl: 'http://localhost:9/' },
    /'http:\/\/localhost:9\/', which is not a plain https/,
  ],
  [
    'to an address that is none',
    { armUrl: 'management' },
    /'management', which is not a plain https address\. Correct/,
  ],
  [
    'to a subscription that is another',
    { subscriptionId: '00000000-0000-4000-8000-000000000000' },
    /404 SubscriptionNotFound/,
  ],
  [
    'to an Azure that is down',
    { armUrl: 'https://127.0.0.1:1/' },
    /^Could not list the function apps of the subscription '[-0-9a-f]+': .*127\.0\.0\.1:1/,
  ],
  ['to an Entra ID that is down', { authorityUrl: 'https://127.0.0.1:1/' }, /no answer came \(ECONNREFUSED\)/],
]

const reply = (status: number, code: string, message: string): FaultAction => ({
  kind: 'status',
  status,
  body: JSON.stringify({ error: { code, message } }),
})

const answers: readonly (readonly [string, FaultAction, ...RegExp[]])[] = [
  ['an HTML page at status 200', { kind: 'html' }, /the answer is an HTML page\. Check that the address is right/],
  ['JSON of another kind', { kind: 'body', body: '{"value":7}' }, /the answer is not the document that was asked for/],
  ['a list of other things', { kind: 'body', body: '{"value":[{"id":"x"}]}' }, /the answer is not a list of apps/],
  ['broken JSON', { kind: 'body', body: '{"value":[' }, /the answer is broken JSON/],
  ['nothing', { kind: 'body', body: '' }, /the answer is empty/],
  ['half an answer', { kind: 'truncate' }, /^Could not list the function apps/],
  ['a cut connection', { kind: 'reset' }, /^Could not list the function apps/],
  [
    'status 500',
    reply(500, 'InternalServerError', 'Something broke.'),
    /the answer was 500 InternalServerError: Something broke\./,
  ],
  ['a token that has expired', { kind: 'expiredToken' }, /401 ExpiredAuthenticationToken/],
  ['throttling without end', { kind: 'throttle', retryAfterSeconds: 1 }, /429 TooManyRequests.*Run again later\.$/],
  ['a redirect', { kind: 'status', status: 302, headers: { location: 'https://localhost:9/' } }, /302/],
  [
    'agent commands',
    reply(403, 'AuthorizationFailed', 'No.\n##vso[task.complete result=Succeeded]done\n##[section]x'),
    /403 AuthorizationFailed: No\. # #vso\[task\.complete/,
  ],
]

describe('All tasks refuse', () => {
  let scene: Scene
  before(async () => {
    scene = await Scene.start()
    const throughFront = { AzureWebJobsStorage: (await scene.azure.storage.front()).account().connectionString }
    await scene.app({ name: 'shop', settings: { production: throughFront, staging: throughFront } })
    for (const name of ['shopnew', 'retired7']) await scene.hub(name)
  })
  beforeEach(() => scene.azure.requests.clear())
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  const runAll = async (connection: ServiceConnection, more: Readonly<Record<string, string>> = {}) => {
    const twist = { connections: [connection] }
    const own = { appName: 'shop', azureSubscription: connection.name, ...more }
    const runs = await Promise.all(tasks.map((task) => scene.run(task, { ...inputs[task], ...own }, twist)))
    assert.deepEqual(scene.azure.requests.all({ effect: true }), [])
    return runs
  }
  const connectionOf = async (rights: Rights) => {
    const { clientId, secret = '' } = await scene.azure.addServicePrincipal(rights)
    return azureRmConnection({ ...placeOf(scene.azure), name: 'narrow', clientId, secret })
  }

  for (const [name, twist, ...says] of connections) {
    it(`a service connection ${name}`, async function () {
      this.timeout(60_000)
      const { clientId, secret = '' } = await scene.azure.addServicePrincipal()
      const place = { ...placeOf(scene.azure), name: 'bad', clientId }
      const signIn = 'publishProfile' in twist ? {} : { secret }
      const connection = azureRmConnection({ ...place, ...signIn, ...twist } as AzureRmOptions)

      for (const run of await runAll(connection)) {
        assertRefused(run, ...says)
        assert.doesNotMatch(run.message, /not-the-secret|publishData/)
      }
    })
  }

  it('an identity that may only read, and say which permission is missing', async () => {
    const connection = await connectionOf({ arm: 'reader' })

    const [check, ...others] = await runAll(connection)

    const says = [
      /403 AuthorizationFailed/,
      /'Website Contributor' on the function app .*config\/list\/action'\)\./,
    ] as const
    assert.ok(check)
    for (const run of [check, ...others]) assertRefused(run, ...says)
    assert.match(check.message, /^The app settings of slot 'staging' cannot be read: /)
  })

  it('an identity that may do nothing, whether or not the resource group is known', async () => {
    const connection = await connectionOf({ arm: 'none' })

    for (const run of await runAll(connection)) {
      assertRefused(
        run,
        /^Could not list the function apps of the subscription '[-0-9a-f]+': .*403 AuthorizationFailed/,
        /sites\/read'\)\.$/,
      )
    }
    for (const run of await runAll(connection, { resourceGroupName: 'shop-rg' })) {
      assertRefused(run, /^Could not read function app 'shop': .*403 AuthorizationFailed/, /sites\/read'\)\.$/)
    }
  })

  it('an identity that may see another app only', async () => {
    await scene.app({ name: 'bakery', resourceGroup: 'bakery-rg' })
    const scope = `/subscriptions/${scene.azure.subscriptionId}/resourceGroups/bakery-rg`
    const connection = await connectionOf({ arm: 'none', roles: [{ scope, role: 'contributor' }] })

    for (const run of await runAll(connection)) {
      assertRefused(
        run,
        /^No function app 'shop' was found in the subscription\. The service connection sees 'bakery'\./,
      )
    }
  })

  for (const [name, action, ...says] of answers) {
    it(`when Azure Resource Manager answers with ${name}`, async function () {
      this.timeout(60_000)
      scene.azure.faults.add({ service: 'arm', action })

      for (const run of await runAll(scene.connection)) {
        assertRefused(run, ...says)
        assert.deepEqual(run.variables, {})
      }
    })
  }

  for (const [name, action] of [
    ['an HTML page', { kind: 'html' }],
    ['numbers', { kind: 'body', body: '{"properties":{"TaskHubName":7}}' }],
    ['nothing', { kind: 'body', body: '{"properties":null}' }],
  ] as const satisfies readonly (readonly [string, FaultAction])[]) {
    it(`when the app settings of the slot are ${name}`, async () => {
      scene.azure.faults.add({ service: 'arm', path: /slots\/staging\/config\/appsettings\/list/, action })

      for (const run of await runAll(scene.connection)) assertRefused(run, /slot 'staging'/)
    })
  }

  it('when a list of apps has pages that repeat, or that are elsewhere', async () => {
    for (const [link, says] of [
      [
        (host: string) =>
          `https://${host}/subscriptions/${scene.azure.subscriptionId}/providers/Microsoft.Web/sites?x=1`,
        /pages repeat/,
      ],
      [() => 'https://elsewhere.example/sites', /goes on at another host/],
    ] as const) {
      const nextLink = link(new URL(scene.azure.armUrl).host)
      const fault = scene.azure.faults.add({
        service: 'arm',
        action: { kind: 'body', body: JSON.stringify({ value: [], nextLink }) },
      })
      for (const run of await runAll(scene.connection)) assertRefused(run, /^Could not list the function apps/, says)
      fault.remove()
    }
  })
})
