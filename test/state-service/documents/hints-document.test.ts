import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import { noHints, withNews } from '../../../core/lifecycle/hints.ts'
import { changeHints, readHints, storeBatch } from '../../../state-service/documents/hints-document.ts'
import { longestText } from '../../../state-service/documents/document-rows.ts'
import { memoryDocuments } from '../../../state-service/documents/store-memory.ts'
import { lifecycleEvent, lifecycleEvents } from '../events/lifecycle-events.ts'
import { withWrites } from './writes.ts'

const never = new AbortController().signal
const at = new Date('2026-11-21T10:00:00.000Z')

describe('what was heard of a task hub, as a document', () => {
  it('is nothing before anything was heard', async () => {
    assert.deepEqual(await readHints(memoryDocuments(), 'Orders1', never), noHints)
  })

  it('is read as it was written, whatever the case of the name', async () => {
    const documents = memoryDocuments()
    const written = await changeHints(documents, 'Orders1', (hints) => withNews(hints, at), never)
    assert.deepEqual(await readHints(documents, 'ORDERS1', never), written)
    assert.deepEqual(written, { ...noHints, generation: 1, untold: 1, heardAt: at.toISOString() })
  })

  it('is not written where nothing changes', async () => {
    const documents = withWrites(memoryDocuments(), ({ proceed }) => proceed())
    await changeHints(documents, 'orders1', (hints) => hints, never)
    assert.equal(documents.writes(), 0)
  })

  it('holds what two change at one time', async () => {
    const documents = memoryDocuments()
    const change = () => changeHints(documents, 'orders1', (hints) => withNews(hints, at), never)
    await Promise.all(Array.from({ length: 15 }, change))
    assert.equal((await readHints(documents, 'orders1', never)).generation, 15)
  })

  it('is given up where others write it before each time', async () => {
    const documents = withWrites(memoryDocuments(), () => Promise.resolve('conflict'))
    await assert.rejects(
      changeHints(documents, 'orders1', (hints) => withNews(hints, at), never),
      (error) => error instanceof AzureFailure && error.kind === 'conflict',
    )
    assert.ok(documents.writes() <= 50)
  })

  it('takes a batch in once, also behind thirty others', async () => {
    const documents = memoryDocuments()
    const batch = { id: 'mine', events: lifecycleEvents(2), at }
    await storeBatch(documents, 'orders1', batch, never)
    for (let other = 0; other < 30; other++) {
      await storeBatch(documents, 'orders1', { id: `other ${other}`, events: [lifecycleEvent()], at }, never)
    }
    await storeBatch(documents, 'orders1', batch, never)
    assert.equal((await readHints(documents, 'orders1', never)).events, 32)
  })

  it('keeps batches in mind through changes of another kind', async () => {
    const documents = memoryDocuments()
    const batch = { id: 'mine', events: [lifecycleEvent()], at }
    await storeBatch(documents, 'orders1', batch, never)
    await changeHints(documents, 'orders1', (hints) => withNews(hints, at), never)
    await storeBatch(documents, 'orders1', batch, never)
    const { events, generation } = await readHints(documents, 'orders1', never)
    assert.deepEqual({ events, generation }, { events: 1, generation: 2 })
  })

  it('fits into a row however long and odd the ids and names are', async () => {
    const documents = memoryDocuments()
    for (const character of ['\u0000', '"', '漢', '😀']) {
      const events = lifecycleEvents(60).map((event, number) => {
        const long = (String(number) + character.repeat(250)).slice(0, 250)
        return { ...event, instanceId: long, functionName: long }
      })
      await storeBatch(documents, 'orders1', { id: character, events, at }, never)
      const stored = await documents.read('hints', 'orders1', never)
      assert.ok((stored?.text.length ?? Infinity) < longestText)
      assert.equal((await readHints(documents, 'orders1', never)).running.length, 50)
    }
  })

  const good = { version: 1, hints: { generation: 3, events: 2, running: [], heard: [], untold: 0 }, batches: ['b'] }
  const instance = { id: 'i', name: 'n', heardAt: at.toISOString() }
  const wrong: readonly (readonly [string, unknown])[] = [
    ['no JSON', '{"version":1'],
    ['a list', []],
    ['another version', { ...good, version: 2 }],
    ['no hints', { ...good, hints: undefined }],
    ['a generation that is none', { ...good, hints: { ...good.hints, generation: -1 } }],
    ['what was heard that is no list', { ...good, hints: { ...good.hints, heard: {} } }],
    ['something heard without a generation', { ...good, hints: { ...good.hints, heard: [{ id: 'i', name: 'n' }] } }],
    ['an untold generation that is none', { ...good, hints: { ...good.hints, untold: -1 } }],
    ['a generation that is a text', { ...good, hints: { ...good.hints, generation: '3' } }],
    ['a count that is no whole number', { ...good, hints: { ...good.hints, events: 1.5 } }],
    ['instances that are no list', { ...good, hints: { ...good.hints, running: {} } }],
    ['an instance without a name', { ...good, hints: { ...good.hints, running: [{ ...instance, name: 1 }] } }],
    ['an instance heard at no time', { ...good, hints: { ...good.hints, running: [{ ...instance, heardAt: 'now' }] } }],
    ['a time that is none', { ...good, hints: { ...good.hints, heardAt: '2026-99-99T00:00:00Z' } }],
    ['no batches', { ...good, batches: undefined }],
    ['more batches than there can be', { ...good, batches: Array.from({ length: 33 }, String) }],
  ]
  for (const [what, value] of wrong) {
    it(`with ${what} says nothing, and is left as it is`, async () => {
      const documents = memoryDocuments()
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      await documents.write({ kind: 'hints', key: 'orders1', text }, undefined, never)
      const isUnreadable = (error: unknown) => error instanceof AzureFailure && error.kind === 'unreadable'
      await assert.rejects(readHints(documents, 'orders1', never), isUnreadable)
      await assert.rejects(
        changeHints(documents, 'orders1', (hints) => withNews(hints, at), never),
        isUnreadable,
      )
      assert.equal((await documents.read('hints', 'orders1', never))?.text, text)
    })
  }

  it('is read where all of it is right', async () => {
    const documents = memoryDocuments()
    const hints = {
      ...good.hints,
      running: [instance],
      heard: [{ id: 'i', name: 'n', generation: 3 }],
      heardAt: at.toISOString(),
    }
    const text = JSON.stringify({ ...good, hints })
    await documents.write({ kind: 'hints', key: 'orders1', text }, undefined, never)
    assert.deepEqual(await readHints(documents, 'orders1', never), hints)
  })
})
