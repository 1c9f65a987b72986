import assert from 'node:assert/strict'
import { BlobServiceClient } from '@azure/storage-blob'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openRecordStore } from '../../../../core/azure/storage/record-store.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'
import { startStorageFront } from '../../../support/storage-front.ts'

const signal = new AbortController().signal

describe('the deployment record in Azurite', () => {
  let azurite: Azurite
  before(async function () {
    this.timeout(20_000)
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const open = (connectionString = azurite.connectionString) => {
    const reference = referenceFromConnectionString(connectionString)
    assert.ok(reference.kind === 'connectionString')
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    return openRecordStore(reference, { transport, clock: systemClock, onSecret: () => {} })
  }

  it('is not there before it is written, and reading makes no container', async () => {
    assert.equal(await open().read('orders', signal), undefined)
    const containers = BlobServiceClient.fromConnectionString(azurite.connectionString)
    assert.equal(await containers.getContainerClient('durable-safe-deployment').exists(), false)
  })

  it('is read as it was written', async () => {
    const store = open()
    assert.equal(await store.write('first', '{"é":1}', undefined, signal), 'written')
    assert.equal((await store.read('first', signal))?.text, '{"é":1}')
  })

  it('is read again where its text breaks off', async () => {
    const front = await startStorageFront(azurite.connectionString)
    try {
      await open().write('broken', '{"whole":true}', undefined, signal)
      let cuts = 2
      front.intercept(({ method }, response) => {
        if (method !== 'GET' || cuts-- <= 0) return false
        const headers = { etag: '"1"', 'x-ms-blob-type': 'BlockBlob', date: new Date().toUTCString() }
        response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': '14' })
        response.write('{"wh', () => response.destroy())
        return true
      })
      assert.equal((await open(front.connectionString).read('broken', signal))?.text, '{"whole":true}')
      assert.equal(front.requests.filter(({ method }) => method === 'GET').length, 3)
    } finally {
      await front.stop()
    }
  })

  it('is not made twice', async () => {
    const store = open()
    assert.equal(await store.write('twice', '1', undefined, signal), 'written')
    assert.equal(await store.write('twice', '2', undefined, signal), 'conflict')
    assert.equal((await store.read('twice', signal))?.text, '1')
  })

  it('is not written over one that has moved on', async () => {
    const store = open()
    await store.write('moved', '1', undefined, signal)
    const etag = (await store.read('moved', signal))?.etag
    assert.equal(await store.write('moved', '2', etag, signal), 'written')
    assert.equal(await store.write('moved', '3', etag, signal), 'conflict')
    assert.equal((await store.read('moved', signal))?.text, '2')
  })

  it('that is gone has moved on', async () => {
    const store = open()
    await store.write('gone', '1', undefined, signal)
    const etag = (await store.read('gone', signal))?.etag
    const containers = BlobServiceClient.fromConnectionString(azurite.connectionString)
    await containers.getContainerClient('durable-safe-deployment').deleteBlob('gone.json')
    assert.equal(await store.write('gone', '2', etag, signal), 'conflict')
  })
})
