import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import { echoHosts } from '../emulator/support/echo-host.ts'
import { requireReply } from './support/openapi.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const key = 'a-key-of-a-test-0123456789abcdefghij'

type Run = {
  readonly child: ChildProcess
  readonly said: () => string
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'state-service/cli.ts', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const add = (chunk: Buffer) => (said += chunk.toString())
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const until = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(said)
        if (found) resolve(found)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('close', () => reject(new Error(`It ended: ${said}`)))
      look()
    })
  return { child, said: () => said, until }
}

describe('npm run state-service', function () {
  this.timeout(60_000)
  let azure: Azure
  let settings: Record<string, string>

  before(async () => {
    azure = await startAzure({ startHost: echoHosts().start })
    const { connectionString } = azure.storage.account()
    const principal = await azure.addServicePrincipal()
    await azure.addFunctionApp({
      ...{ name: 'shop', resourceGroup: 'rg', slots: ['staging'] },
      settings: {
        production: { AzureWebJobsStorage: connectionString, TaskHubName: 'shop1' },
        staging: { AzureWebJobsStorage: connectionString, TaskHubName: 'shop2' },
      },
    })
    settings = {
      WatchedApps: '[{"name":"shop","resourceGroup":"rg"}]',
      AzureSubscriptionId: azure.subscriptionId,
      StateStorage: connectionString,
      ServiceKeys: JSON.stringify({ all: { key, scopes: ['read', 'tell', 'events'] } }),
      ArmUrl: azure.armUrl,
      ArmScope: 'https://management.core.windows.net//.default',
      EntraAuthorityUrl: azure.authorityUrl,
      AZURE_TENANT_ID: azure.tenantId,
      AZURE_CLIENT_ID: principal.clientId,
      AZURE_CLIENT_SECRET: principal.secret ?? '',
      NODE_EXTRA_CA_CERTS: azure.caFile,
    }
  })
  after(() => azure.stop())

  it('says how it is used', async () => {
    const { child, said } = run(['--help'], {})

    assert.deepEqual(await once(child, 'close'), [0, null])
    assert.match(said(), /npm run state-service -- \[options\]/)
  })

  it('refuses settings that are not right, without any secret', async () => {
    const { child, said } = run([], { ...settings, ServiceKeys: '{"a":{"key":"do-not-show","scopes":["read"]}}' })

    assert.deepEqual(await once(child, 'close'), [1, null])
    assert.match(
      said(),
      /^The settings of the state service are not right:\n- Field 'ServiceKeys\.a\.key' does not fit\./,
    )
    assert.doesNotMatch(said(), /do-not-show|\s+at /)
  })

  it('does not listen to a network without a certificate', async () => {
    const { child, said } = run(['--host', '0.0.0.0', '--port', '0'], settings)

    assert.deepEqual(await once(child, 'close'), [1, null])
    assert.match(said(), /listens on loopback only/)
  })

  it('answers for an app in Azure until it is told to end, and shows no secret', async () => {
    const { child, said, until } = run(['--port', '0'], settings)
    try {
      const [, url = ''] = await until(/listens on (\S+)\/api\/v1\. It watches 'shop'\./)
      const ask = async (path: string) => {
        const reply = await fetch(url + path, { headers: { 'x-functions-key': key } })
        const text = await reply.text()
        requireReply(
          { method: 'GET', path },
          { status: reply.status, headers: Object.fromEntries(reply.headers), text },
        )
        return { status: reply.status, json: JSON.parse(text) as Record<string, unknown> }
      }

      const status = await ask('/api/v1/apps/Shop/slots/STAGING/status')
      assert.deepEqual([status.status, status.json['app'], status.json['slot']], [200, 'shop', 'staging'])
      assert.deepEqual((status.json['taskHub'] as { name: string }).name, 'shop2')
      assert.equal((await ask('/api/v1/apps/shop/history')).status, 200)
      assert.equal((await ask('/api/v1/apps/other/history')).status, 404)
      await ask('/api/v1/health')
    } finally {
      child.kill('SIGTERM')
    }
    const ended = await once(child, 'close')

    assert.deepEqual(ended, [0, null], said())
    for (const name of ['AZURE_CLIENT_SECRET', 'StateStorage'])
      assert.equal(said().includes(settings[name] ?? ''), false)
    assert.equal(said().includes(key), false)
  })
})
