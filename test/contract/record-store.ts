// What every implementation of the port `RecordStore` does, be it in memory or in a storage account.
import assert from 'node:assert/strict'
import { Cancelled } from '../../core/failures.ts'
import type { RecordStore } from '../../core/task-hub/ports.ts'

const never = new AbortController().signal

/** `open` gives a store that knows no record of the app that goes with it. */
export function aRecordStore(open: () => { readonly store: RecordStore; readonly app: string }): void {
  it('has no record before one is written', async () => {
    const { store, app } = open()
    assert.equal(await store.read(app, never), undefined)
  })

  it('gives back what was written', async () => {
    const { store, app } = open()
    assert.equal(await store.write(app, '{"é":1}\n', undefined, never), 'written')
    assert.equal((await store.read(app, never))?.text, '{"é":1}\n')
  })

  it('makes a record once', async () => {
    const { store, app } = open()
    await store.write(app, '1', undefined, never)
    assert.equal(await store.write(app, '2', undefined, never), 'conflict')
    assert.equal((await store.read(app, never))?.text, '1')
  })

  it('replaces the record that was read, and no later one', async () => {
    const { store, app } = open()
    await store.write(app, '1', undefined, never)
    const etag = (await store.read(app, never))?.etag
    assert.equal(await store.write(app, '2', etag, never), 'written')
    assert.equal(await store.write(app, '3', etag, never), 'conflict')
    assert.equal((await store.read(app, never))?.text, '2')
  })

  it('replaces no record that is gone', async () => {
    const { store, app } = open()
    await store.write(app, '1', undefined, never)
    const etag = (await store.read(app, never))?.etag
    assert.equal(await store.write(`${app}other`, '2', etag, never), 'conflict')
  })

  it('keeps the records of two apps apart', async () => {
    const { store, app } = open()
    await store.write(app, '1', undefined, never)
    assert.equal(await store.read(`${app}other`, never), undefined)
  })

  it('does nothing for a run that is cancelled already', async () => {
    const { store, app } = open()
    await assert.rejects(store.write(app, '1', undefined, AbortSignal.abort()), Cancelled)
    await assert.rejects(store.read(app, AbortSignal.abort()), Cancelled)
    assert.equal(await store.read(app, never), undefined)
  })
}
