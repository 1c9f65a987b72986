import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TableClient } from '@azure/data-tables'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { AzureFailure } from '../../../../core/failures.ts'
import { accountOf } from '../../../../core/function-app/storage-account.ts'
import type { ReadableStorage } from '../../../../core/function-app/storage-reference.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { startAzurite, type Azurite } from '../../../../emulator/storage/azurite.ts'
import { createAuthority, type Authority } from '../../../../emulator/tls/certificates.ts'

const hub = 'Orders' as HubName
const signal = new AbortController().signal

/** A token that Azurite's basic check takes: audience, issuer and times, no signature. */
function token(audience = 'https://storage.azure.com'): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: audience,
    iss: 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/',
    nbf: now - 60,
    iat: now - 60,
    exp: now + 600,
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.from('none').toString('base64url')}`
}

describe('task hubs reached with an identity over TLS', () => {
  let authority: Authority
  let azurite: Azurite
  let reference: ReadableStorage
  const folder = mkdtempSync(join(tmpdir(), 'azurite-tls-'))

  before(async function () {
    this.timeout(20_000)
    authority = await createAuthority()
    for (const [name, pem] of Object.entries(authority.server)) writeFileSync(join(folder, name), pem)
    azurite = await startAzurite({
      folder,
      accounts: { devstoreaccount1: Buffer.from('key').toString('base64') },
      tls: { certFile: join(folder, 'cert'), keyFile: join(folder, 'key') },
    })
    const { table, queue, blob } = azurite.ports
    const [tableUrl, queueUrl, blobUrl] = [table, queue, blob].map(
      (port) => `https://127.0.0.1:${port}/devstoreaccount1`,
    )
    assert.ok(tableUrl && queueUrl && blobUrl)
    const account = accountOf(tableUrl)
    assert.ok(account)
    reference = { kind: 'identity', account, tableUrl, queueUrl, blobUrl }
  })
  after(async () => {
    await azurite.stop()
    rmSync(folder, { recursive: true })
  })

  const credential = (text: string) => ({
    getToken: () => Promise.resolve({ token: text, expiresOnTimestamp: Date.now() + 600_000 }),
  })
  const open = (text = token()) =>
    openTaskHubs(reference, {
      credential: credential(text),
      transport: { userAgent: 'test', proxyFor: () => undefined, tls: { ca: authority.caPem } },
      clock: systemClock,
      onSecret: () => {},
    })

  it('are looked at', async () => {
    assert.equal((await open().look('Nowhere' as HubName, strictPolicy, signal)).provisioned, false)
    assert.ok(reference.kind === 'identity')
    const table = new TableClient(reference.tableUrl, 'OrdersInstances', credential(token()), {
      tlsOptions: { ca: authority.caPem },
    })
    await table.createTable()
    await table.createEntity({ partitionKey: 'abc', rowKey: '', RuntimeStatus: 'Running', Name: 'ProcessOrder' })
    const evidence = await open().look(hub, strictPolicy, signal)
    assert.equal(evidence.verdict, 'busy', evidence.because)
    assert.equal(evidence.oldest?.instanceId, 'abc')
    assert.equal((await open().parts(hub, signal)).holdsData, true)
    assert.deepEqual(await open().liveLeases(hub, signal), [])
  })

  it('that refuse the token name the role', async () => {
    const evidence = await open(token('https://management.azure.com')).look(hub, strictPolicy, signal)
    assert.equal(evidence.verdict, 'unknown')
    assert.match(evidence.because, /'Storage Queue Data Reader'/)
  })

  it('are not opened without an identity', () => {
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    assert.throws(
      () => openTaskHubs(reference, { transport, clock: systemClock, onSecret: () => {} }),
      (error) => error instanceof AzureFailure && error.kind === 'denied',
    )
  })

  it('are unknown where nobody can sign in', async () => {
    const failing = {
      getToken: () => Promise.reject(Object.assign(new Error('no token'), { name: 'AuthenticationError' })),
    }
    const transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: authority.caPem } }
    const hubs = openTaskHubs(reference, { credential: failing, transport, clock: systemClock, onSecret: () => {} })
    const evidence = await hubs.look(hub, strictPolicy, signal)
    assert.match(evidence.because, /the sign-in failed \(no token\)/)
  })
})
