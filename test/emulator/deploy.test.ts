import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { EchoHosts } from './support/echo-host.ts'
import { echoHosts } from './support/echo-host.ts'
import { ask } from './support/request.ts'
import { armScope, credentialOf } from './support/sdk.ts'

describe('Deploying to a slot on loopback', function () {
  this.timeout(30_000)
  let azure: Azure
  let hosts: EchoHosts
  let app: FunctionApp
  let token: string
  const zip = Buffer.from(zipSync({ 'host.json': strToU8('{"version":"2.0"}'), 'Start/function.json': strToU8('{}') }))

  before(async () => {
    hosts = echoHosts()
    azure = await startAzure({ startHost: hosts.start })
    app = await azure.addFunctionApp({ name: 'app', resourceGroup: 'rg', slots: ['staging'] })
    token = (await credentialOf(azure, await azure.addServicePrincipal()).getToken(armScope)).token
  })
  after(() => azure.stop())

  const deployed = async (file: string) => readFile(join(hosts.started.at(-1)?.options.contentDir ?? '', file), 'utf8')
  const zipDeploy = (bearer: string, query = '', body = zip) =>
    ask(azure, `https://${app.slot('staging').hostName}/api/zipdeploy${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}` },
      body,
    })

  it('unzips, restarts the slot with the new files and leaves the other slot alone', async () => {
    const production = app.slot().host

    assert.equal((await zipDeploy(token)).status, 200)

    assert.equal(await deployed('host.json'), '{"version":"2.0"}')
    assert.equal(await deployed('Start/function.json'), '{}')
    assert.equal(hosts.started.at(-1)?.options.slotName, 'staging')
    assert.equal(app.slot().host, production)
  })

  it('answers 202 with a Location when asked to deploy in the background', async () => {
    const answer = await zipDeploy(token, '?isAsync=true')

    assert.equal(answer.status, 202)
    const headers = { authorization: `Bearer ${token}` }
    let state = await ask(azure, String(answer.headers['location']), { headers })
    while (state.status === 202) state = await ask(azure, String(answer.headers['location']), { headers })
    assert.equal((JSON.parse(state.text) as { status: number }).status, 4)
  })

  it('refuses who may not publish, and a body that is no zip', async () => {
    const reader = await azure.addServicePrincipal({ arm: 'reader' })
    const read = (await credentialOf(azure, reader).getToken(armScope)).token

    assert.equal((await zipDeploy(read)).status, 403)
    assert.equal((await zipDeploy('nonsense')).status, 401)
    assert.equal((await zipDeploy(token, '', Buffer.from('no zip'))).status, 400)
  })

  it('takes a folder, a zip file or the bytes of one in-process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deploy-test-'))
    try {
      await writeFile(join(folder, 'host.json'), '{"from":"folder"}')
      await app.slot().deploy(folder)
      assert.equal(await deployed('host.json'), '{"from":"folder"}')
      await writeFile(join(folder, 'app.zip'), zip)
      await app.slot().deploy(join(folder, 'app.zip'))
      assert.equal(await deployed('host.json'), '{"version":"2.0"}')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('moves with the process in a swap', async () => {
    const before = app.slot('staging').worker.contentDir
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const id = `subscriptions/${azure.subscriptionId}/resourceGroups/rg/providers/Microsoft.Web/sites/app`
    const body = '{"targetSlot":"production","preserveVnet":false}'
    await ask(azure, `${azure.armUrl}${id}/slots/staging/slotsswap?api-version=2025-05-01`, {
      method: 'POST',
      headers,
      body,
    })
    await app.running?.over

    assert.equal(app.slot().worker.contentDir, before)
  })
})
