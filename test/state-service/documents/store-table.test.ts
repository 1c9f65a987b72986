import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import type { Fault } from '../../../emulator/http/faults.ts'
import { instantClock } from '../../core/azure/scripted-server.ts'
import { documentsOf, entryAt } from './documents.ts'
import { startTableStorage, type TableStorage } from './table-storage.ts'

const never = new AbortController().signal

describe('documents in a table of Azurite', function () {
  this.timeout(60_000)
  let storage: TableStorage
  before(async () => {
    storage = await startTableStorage()
  })
  after(() => storage.stop())
  afterEach(() => storage.faults.clear())

  const openTable = async () => {
    const table = storage.newTable()
    const one = storage.open(table)
    await one.ensure(never)
    return { table, one, other: storage.open(table), faulty: storage.openThroughFaults(table, instantClock()) }
  }
  const text = '{"a":1}'
  const document = { kind: 'app', key: 'shop', text } as const

  documentsOf(openTable)

  describe('when a reply is lost', () => {
    const lost = (fault: Omit<Fault, 'action'>): Fault => ({ ...fault, action: { kind: 'reset' } })

    it('a new document that was written counts as written, and is sent once', async () => {
      const { faulty } = await openTable()
      const fault = storage.faults.add(lost({ method: 'POST', when: 'after' }))
      assert.equal(await faulty.write(document, undefined, never), 'written')
      assert.equal(fault.struck(), 1)
      assert.equal((await faulty.read('app', 'shop', never))?.text, text)
    })

    it('a document that was not written is sent again', async () => {
      const { faulty } = await openTable()
      const fault = storage.faults.add(lost({ method: 'POST', times: 1 }))
      assert.equal(await faulty.write(document, undefined, never), 'written')
      assert.equal(fault.struck(), 1)
      assert.equal((await faulty.read('app', 'shop', never))?.text, text)
    })

    for (const when of ['before', 'after'] as const) {
      it(`a replaced document is as it was to be (${when} the effect)`, async () => {
        const { one, faulty } = await openTable()
        await one.write(document, undefined, never)
        const etag = (await one.read('app', 'shop', never))?.etag
        storage.faults.add(lost({ method: 'PUT', when, times: 1 }))
        assert.equal(await faulty.write({ ...document, text: '2' }, etag, never), 'written')
        assert.equal((await one.read('app', 'shop', never))?.text, '2')
      })
    }

    it('a page of a proxy in place of the answer is a lost reply too', async () => {
      const { one, faulty } = await openTable()
      storage.faults.add({ method: 'POST', when: 'after', times: 1, action: { kind: 'html' } })
      assert.equal(await faulty.write(document, undefined, never), 'written')
      assert.equal((await one.read('app', 'shop', never))?.text, text)
    })

    it('what another wrote since is left alone', async () => {
      const { one, faulty } = await openTable()
      await one.write(document, undefined, never)
      const etag = (await one.read('app', 'shop', never))?.etag
      const meanwhile = async () => {
        assert.equal(await one.write({ ...document, text: 'another' }, etag, never), 'written')
      }
      storage.faults.add(lost({ method: 'PUT', times: 1, onStrike: meanwhile }))
      assert.equal(await faulty.write({ ...document, text: 'late' }, etag, never), 'conflict')
      assert.equal((await one.read('app', 'shop', never))?.text, 'another')
    })

    it('a write that only got through behind the look is no conflict', async () => {
      const { one, faulty } = await openTable()
      await one.write(document, undefined, never)
      const etag = (await one.read('app', 'shop', never))?.etag
      // The look is shown the row as it was, as where the request whose reply was lost is still on its way.
      storage.faults.add(lost({ method: 'PUT', when: 'after', times: 1 }))
      storage.faults.add({
        method: 'GET',
        times: 1,
        action: {
          kind: 'rewrite',
          change: (reply) => {
            const row = JSON.parse(String(reply.body)) as Record<string, unknown>
            return { ...reply, body: JSON.stringify({ ...row, WriteId: 'before', 'odata.etag': etag }) }
          },
        },
      })
      assert.equal(await faulty.write({ ...document, text: '2' }, etag, never), 'written')
      assert.equal((await one.read('app', 'shop', never))?.text, '2')
    })

    it('every time, the failure says that it may have happened', async () => {
      const { faulty } = await openTable()
      const fault = storage.faults.add(lost({ method: 'POST' }))
      await assert.rejects(faulty.write(document, undefined, never), (error) => {
        return error instanceof AzureFailure && error.kind === 'network' && error.mayHaveHappened
      })
      assert.equal(fault.struck(), 3)
    })

    it('an entry of history is there once', async () => {
      const { one, faulty } = await openTable()
      for (const [at, when] of (['before', 'after'] as const).entries()) {
        storage.faults.add(lost({ method: 'POST', when, times: 1 }))
        await faulty.addEntry('shop', entryAt(at), never)
        storage.faults.clear()
      }
      assert.deepEqual((await one.entries('shop', { top: 9 }, never)).entries, [entryAt(1), entryAt(0)])
    })

    it('a removed document is gone, and one that is still there is told', async () => {
      const { one, faulty } = await openTable()
      await one.write(document, undefined, never)
      storage.faults.add(lost({ method: 'DELETE', times: 1 }))
      await assert.rejects(faulty.remove('app', 'shop', never), AzureFailure)
      storage.faults.clear()
      storage.faults.add(lost({ method: 'DELETE', when: 'after', times: 1 }))
      await faulty.remove('app', 'shop', never)
      assert.equal(await one.read('app', 'shop', never), undefined)
    })

    it('the table is there all the same', async () => {
      const table = storage.newTable()
      storage.faults.add(lost({ method: 'POST', when: 'after', times: 1 }))
      const documents = storage.openThroughFaults(table, instantClock())
      await documents.ensure(never)
      assert.equal(await documents.write(document, undefined, never), 'written')
    })
  })

  it('reads again what failed for a moment, and writes nothing twice when it is throttled', async () => {
    const { one, faulty } = await openTable()
    await one.write(document, undefined, never)
    const read = storage.faults.add({ method: 'GET', times: 2, action: { kind: 'status', status: 500 } })
    assert.equal((await faulty.read('app', 'shop', never))?.text, text)
    assert.equal(read.struck(), 2)
    const write = storage.faults.add({ method: 'POST', action: { kind: 'throttle', retryAfterSeconds: 1 } })
    await assert.rejects(faulty.write({ ...document, key: 'other' }, undefined, never), (error) => {
      return error instanceof AzureFailure && error.kind === 'throttled' && !error.mayHaveHappened
    })
    assert.equal(write.struck(), 1)
  })

  it('does not take what is no row for a document, or for none', async () => {
    const { one, faulty } = await openTable()
    await one.write(document, undefined, never)
    for (const body of ['{"value":[]}', '{}', '[]', '<html>']) {
      storage.faults.add({ method: 'GET', action: { kind: 'body', body } })
      await assert.rejects(faulty.read('app', 'shop', never), isUnreadable, body)
      storage.faults.clear()
    }
    storage.faults.add({ method: 'GET', action: { kind: 'status', status: 404, body: '{"error":"no such page"}' } })
    await assert.rejects(faulty.read('app', 'shop', never), isUnreadable)
  })

  it('does not read a document of which a part is missing, nor a history with something else in it', async () => {
    const { table, one } = await openTable()
    await one.write({ ...document, text: 'x'.repeat(70_000) }, undefined, never)
    const client = storage.client(table)
    const row = { partitionKey: 'app', rowKey: 'shop' }
    await client.updateEntity({ ...row, Chunks: 3, Length: 70_000, Text0: 'x', Text2: 'x' }, 'Replace')
    await assert.rejects(one.read('app', 'shop', never), isUnreadable)
    await client.updateEntity({ ...row, Chunks: 1, Length: 70_000, Text0: 'x' }, 'Replace')
    await assert.rejects(one.read('app', 'shop', never), isUnreadable)
    await client.createEntity({ partitionKey: 'history-shop', rowKey: '1', Chunks: 1, Length: 2, Text0: '{}' })
    await assert.rejects(one.entries('shop', { top: 1 }, never), isUnreadable)
    await client.createEntity({ partitionKey: 'app', rowKey: 'not one of ours' })
    await assert.rejects(one.keys('app', never), isUnreadable)
  })

  it('says that its table is missing, and makes it when it is told to, twice over', async () => {
    const documents = storage.open(storage.newTable())
    const isMissing = (error: unknown) => error instanceof AzureFailure && error.code === 'TableNotFound'
    await assert.rejects(documents.read('app', 'shop', never), isMissing)
    await assert.rejects(documents.write(document, undefined, never), isMissing)
    await assert.rejects(documents.write(document, `W/"datetime'2026-11-21T10%3A00%3A00.0000000Z'"`, never), isMissing)
    await assert.rejects(documents.remove('app', 'shop', never), isMissing)
    await Promise.all([documents.ensure(never), documents.ensure(never)])
    await documents.ensure(never)
    assert.equal(await documents.write(document, undefined, never), 'written')
  })

  it('asks for no more rows than a page of history needs', async () => {
    const { one, faulty } = await openTable()
    for (const second of [1, 2, 3, 4, 5]) await one.addEntry('shop', entryAt(second), never)
    const pages: string[] = []
    storage.faults.add({ method: 'GET', action: { kind: 'pass' }, onStrike: ({ target }) => void pages.push(target) })
    await faulty.entries('shop', { top: 2 }, never)
    assert.equal(pages.length, 1)
    assert.match(decodeURIComponent(pages[0] ?? ''), /\$top=3/)
  })
})

function isUnreadable(error: unknown): boolean {
  return error instanceof AzureFailure && error.kind === 'unreadable'
}
