import assert from 'node:assert/strict'
import { AzureNamedKeyCredential, TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import { echoHosts } from './support/echo-host.ts'
import { credentialOf } from './support/sdk.ts'

const insecure = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }

describe('Storage on loopback', function () {
  this.timeout(60_000)
  let azure: Azure

  before(async () => {
    azure = await startAzure({ startHost: echoHosts().start, accounts: ['stone', 'sttwo'] })
  })
  after(() => azure.stop())
  afterEach(() => azure.faults.clear())

  it('has tables, queues and blobs behind the connection string of each account', async () => {
    for (const name of ['stone', 'sttwo']) {
      const { connectionString } = azure.storage.account(name)
      await TableClient.fromConnectionString(connectionString, 'Hub', insecure).createTable()
      await QueueServiceClient.fromConnectionString(connectionString).getQueueClient('hub-control-00').create()
      await BlobServiceClient.fromConnectionString(connectionString).getContainerClient('hub-leases').create()
    }
    assert.throws(() => azure.storage.account('other'), /'other'.*stone, sttwo/)
  })

  it('keeps the accounts apart', async () => {
    const [one, two] = ['stone', 'sttwo'].map((name) => azure.storage.account(name).connectionString)
    await TableClient.fromConnectionString(one ?? '', 'OnlyHere', insecure).createTable()

    assert.equal(
      (await tablesOf(TableServiceClient.fromConnectionString(two ?? '', insecure))).includes('OnlyHere'),
      false,
    )
  })

  it('shows the same data through the front, where faults strike and requests are counted', async () => {
    const { connectionString } = (await azure.storage.front()).account()
    const direct = QueueServiceClient.fromConnectionString(azure.storage.account().connectionString).getQueueClient(
      'front',
    )
    await direct.create()
    await direct.sendMessage('hello')
    const options = { retryOptions: { maxTries: 1 } }
    const through = QueueServiceClient.fromConnectionString(connectionString, options).getQueueClient('front')

    assert.equal((await through.peekMessages()).peekedMessageItems[0]?.messageText, 'hello')
    await through.sendMessage('again')
    assert.equal(azure.requests.count({ service: 'storage', effect: true }), 1)
    azure.faults.add({ service: 'storage', path: /^\/stone\/front/, action: { kind: 'status', status: 503 } })
    await assert.rejects(through.peekMessages(), { statusCode: 503 })
  })

  it('lets a continuation token loop', async () => {
    const { connectionString } = (await azure.storage.front()).account()
    const table = TableClient.fromConnectionString(connectionString, 'Loop', insecure)
    await table.createTable()
    const again = { 'x-ms-continuation-NextPartitionKey': 'a', 'x-ms-continuation-NextRowKey': 'b' }
    azure.faults.add({
      service: 'storage',
      path: /Loop\(/,
      action: { kind: 'rewrite', change: (reply) => ({ ...reply, headers: { ...reply.headers, ...again } }) },
    })

    const pages = table.listEntities().byPage()
    const first = await tokenOf(pages)
    const second = await tokenOf(pages)

    assert.equal(typeof first, 'string')
    assert.equal(first, second)
  })

  describe('with tokens over HTTPS', () => {
    const trusting = () => ({ tlsOptions: { ca: azure.caPem }, retryOptions: { maxRetries: 0, maxTries: 1 } })

    it('lets an identity with the data roles in, to all three services', async () => {
      const account = (await azure.storage.startWithTokens()).account()
      const credential = credentialOf(azure, await azure.addServicePrincipal())

      await new TableClient(account.tableUrl, 'Hub', credential, trusting()).createTable()
      await new QueueServiceClient(account.queueUrl, credential, trusting()).getQueueClient('hub').create()
      await new BlobServiceClient(account.blobUrl, credential, trusting()).getContainerClient('hub').create()

      const key = /AccountKey=([^;]+)/.exec(account.connectionString)?.[1] ?? ''
      const withKey = new TableServiceClient(
        account.tableUrl,
        new AzureNamedKeyCredential(account.name, key),
        trusting(),
      )
      assert.deepEqual(await tablesOf(withKey), ['Hub'])
    })

    it('refuses an identity without data roles', async () => {
      const account = (await azure.storage.startWithTokens()).account()
      const credential = credentialOf(azure, await azure.addServicePrincipal({ storage: false }))
      const table = new TableClient(account.tableUrl, 'Hub', credential, trusting())
      const queue = new QueueServiceClient(account.queueUrl, credential, trusting()).getQueueClient('hub')

      await assert.rejects(table.createTable(), { statusCode: 403 })
      await assert.rejects(queue.getProperties(), { statusCode: 403, code: 'AuthorizationPermissionMismatch' })
    })

    it('refuses a token for another resource', async () => {
      const account = (await azure.storage.startWithTokens()).account()
      const credential = credentialOf(azure, await azure.addServicePrincipal())
      const forArm = { getToken: () => credential.getToken('https://management.azure.com/.default') }
      const queue = new QueueServiceClient(account.queueUrl, forArm, trusting()).getQueueClient('hub')

      await assert.rejects(queue.getProperties(), { statusCode: 401 })
    })
  })
})

async function tokenOf(pages: AsyncIterator<{ continuationToken?: string }, unknown>): Promise<string | undefined> {
  const page = await pages.next()
  return page.done === true ? undefined : page.value.continuationToken
}

async function tablesOf(client: TableServiceClient): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = []
  for await (const { name } of client.listTables()) names.push(name)
  return names
}
