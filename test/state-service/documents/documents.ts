// What every implementation of the port `Documents` does, be it in memory or in a table.
import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../../core/failures.ts'
import { isCursor, longestText } from '../../../state-service/documents/document-rows.ts'
import type { Documents, HistoryEntry } from '../../../state-service/documents/documents.ts'

const never = new AbortController().signal

/** Two writers on one store that holds nothing. */
export type TwoWriters = { readonly one: Documents; readonly other: Documents }

export function entryAt(second: number, tag = 'a'): HistoryEntry {
  const at = new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString()
  return { id: `${at}-${tag}`, at, what: 'swapAnnounced', slot: 'staging', says: `Swap ${second}${tag}.` }
}

export function documentsOf(open: () => TwoWriters | Promise<TwoWriters>): void {
  const write = (documents: Documents, text: string, etag?: string, key = 'orders1') =>
    documents.write({ kind: 'hints', key, text }, etag, never)

  it('has no document before one is written', async () => {
    const { one } = await open()
    assert.equal(await one.read('hints', 'orders1', never), undefined)
    assert.deepEqual(await one.keys('hints', never), [])
  })

  it('gives back what was written, whatever the text', async () => {
    const { one, other } = await open()
    const texts = ['half \ud83d', '~0041', '{"é":"\u0000 \'quoted\' 😀\n"}', '', ' ', '\uFEFF{}', 'null']
    for (const [at, text] of texts.entries()) {
      assert.equal(await write(one, text, undefined, `text${at}`), 'written')
      assert.equal((await other.read('hints', `text${at}`, never))?.text, text)
    }
  })

  it('makes a document once', async () => {
    const { one, other } = await open()
    assert.equal(await write(one, '1'), 'written')
    assert.equal(await write(other, '2'), 'conflict')
    assert.equal((await one.read('hints', 'orders1', never))?.text, '1')
  })

  it('replaces the document that was read, and no later one', async () => {
    const { one, other } = await open()
    await write(one, '1')
    const etag = (await other.read('hints', 'orders1', never))?.etag
    assert.equal(await write(one, '2', etag), 'written')
    assert.equal(await write(other, '3', etag), 'conflict')
    assert.equal((await other.read('hints', 'orders1', never))?.text, '2')
  })

  it('replaces no document that is gone', async () => {
    const { one, other } = await open()
    await write(one, '1')
    const etag = (await one.read('hints', 'orders1', never))?.etag
    await other.remove('hints', 'orders1', never)
    assert.equal(await write(one, '2', etag), 'conflict')
    assert.equal(await one.read('hints', 'orders1', never), undefined)
  })

  it('lets exactly one of many writers at a time through', async () => {
    const { one, other } = await open()
    await write(one, 'begin')
    const etag = (await one.read('hints', 'orders1', never))?.etag
    const texts = Array.from({ length: 20 }, (_, at) => `writer ${at}`)
    const writing = texts.map(async (text, at) => {
      const document = { kind: 'hints', key: 'orders1', text } as const
      return (at % 2 === 0 ? one : other).write(document, etag, new AbortController().signal)
    })
    const answers = await Promise.all(writing)
    const winners = texts.filter((_, at) => answers[at] === 'written')
    assert.equal(winners.length, 1)
    assert.equal((await one.read('hints', 'orders1', never))?.text, winners[0])
  })

  it('removes a document, and one that is not there', async () => {
    const { one } = await open()
    await write(one, '1')
    await one.remove('hints', 'orders1', never)
    await one.remove('hints', 'orders1', never)
    assert.equal(await one.read('hints', 'orders1', never), undefined)
    assert.equal(await write(one, '2'), 'written')
  })

  it('keeps kinds apart, and keys that are alike', async () => {
    const { one } = await open()
    await write(one, 'hints', undefined, 'shop')
    await one.write({ kind: 'app', key: 'shop', text: 'app' }, undefined, never)
    await write(one, 'longer', undefined, 'shop1')
    assert.equal((await one.read('hints', 'shop', never))?.text, 'hints')
    assert.equal((await one.read('app', 'shop', never))?.text, 'app')
    assert.equal(await one.read('proof', 'shop', never), undefined)
    assert.deepEqual((await one.keys('hints', never)).toSorted(), ['shop', 'shop1'])
  })

  it('takes keys that no row may have as they are', async () => {
    const { one } = await open()
    const keys = ['acct/hub', 'a\\b#c?d', "it's", '100%', '~0041', '\u0001\u007f', 'é😀', '..', ' ', 'a b', '^^', '%2f']
    for (const key of keys)
      assert.equal(await one.write({ kind: 'proof', key, text: key }, undefined, never), 'written')
    for (const key of keys) assert.equal((await one.read('proof', key, never))?.text, key)
    assert.deepEqual((await one.keys('proof', never)).toSorted(), keys.toSorted())
    for (const key of keys) await one.remove('proof', key, never)
    assert.deepEqual(await one.keys('proof', never), [])
  })

  it('refuses a key that is empty or too long for a row', async () => {
    const { one } = await open()
    for (const key of ['', 'k'.repeat(401)]) await assert.rejects(write(one, '1', undefined, key), isRejected)
    assert.equal(await write(one, '1', undefined, 'k'.repeat(400)), 'written')
  })

  it('names every key of many', async function () {
    this.timeout(60_000)
    const { one, other } = await open()
    const keys = Array.from({ length: 1_100 }, (_, at) => `hub${at}`)
    for (let at = 0; at < keys.length; at += 50) {
      const documents = keys.slice(at, at + 50).map((key) => ({ kind: 'hints', key, text: '1' }) as const)
      await Promise.all(documents.map((each) => one.write(each, undefined, new AbortController().signal)))
    }
    assert.deepEqual((await other.keys('hints', never)).toSorted(), keys.toSorted())
  })

  it('takes a text as long as may be, with no character cut in two, and no longer one', async () => {
    const { one } = await open()
    for (const [at, text] of ['x' + '😀é~'.repeat(17_999), 'z'.repeat(longestText)].entries()) {
      assert.equal(await write(one, text, undefined, `long${at}`), 'written')
      assert.ok((await one.read('hints', `long${at}`, never))?.text === text)
    }
    await assert.rejects(write(one, 'z'.repeat(longestText + 1), undefined, 'longer'), isRejected)
    assert.equal(await one.read('hints', 'longer', never), undefined)
  })

  it('is shorter after a long text was replaced by a short one', async () => {
    const { one } = await open()
    await write(one, 'z'.repeat(70_000))
    await write(one, 'short', (await one.read('hints', 'orders1', never))?.etag)
    assert.equal((await one.read('hints', 'orders1', never))?.text, 'short')
  })

  it('gives the history of an app newest first, page by page', async () => {
    const { one, other } = await open()
    const seconds = [3, 1, 7, 5, 2, 6, 4]
    for (const second of seconds) await one.addEntry('shop', entryAt(second), never)
    await one.addEntry('other', entryAt(9), never)
    const pages: string[][] = []
    let after: string | undefined
    do {
      const page = await other.entries('shop', { top: 3, ...(after !== undefined && { after }) }, never)
      pages.push(page.entries.map(({ says }) => says))
      after = page.cursor
      assert.ok(after === undefined || isCursor(after))
    } while (after !== undefined)
    assert.deepEqual(pages, [['Swap 7a.', 'Swap 6a.', 'Swap 5a.'], ['Swap 4a.', 'Swap 3a.', 'Swap 2a.'], ['Swap 1a.']])
  })

  it('has no further page where the last one is full', async () => {
    const { one } = await open()
    for (const second of [1, 2]) await one.addEntry('shop', entryAt(second), never)
    assert.equal((await one.entries('shop', { top: 2 }, never)).cursor, undefined)
    assert.deepEqual(await one.entries('nobody', { top: 2 }, never), { entries: [] })
  })

  it('goes on behind the page that was read although newer entries came in between', async () => {
    const { one } = await open()
    for (const second of [1, 2, 3, 4]) await one.addEntry('shop', entryAt(second), never)
    const { cursor = '' } = await one.entries('shop', { top: 2 }, never)
    await one.addEntry('shop', entryAt(5), never)
    const page = await one.entries('shop', { top: 9, after: cursor }, never)
    assert.deepEqual(page.entries, [entryAt(2), entryAt(1)])
  })

  it('enters an entry once, and two of one moment both', async () => {
    const { one, other } = await open()
    await one.addEntry('shop', entryAt(1), never)
    await other.addEntry('shop', { ...entryAt(1), says: 'Told again.' }, never)
    await one.addEntry('shop', entryAt(1, 'b'), never)
    assert.deepEqual((await one.entries('shop', { top: 9 }, never)).entries, [entryAt(1, 'a'), entryAt(1, 'b')])
  })

  it('keeps every field of an entry', async () => {
    const { one } = await open()
    const by = { run: '20261121.1', project: 'Shop', link: 'https://dev.azure.com/x' }
    const entry: HistoryEntry = { ...entryAt(1, 'run/7 #?'), what: 'cleanedUp', taskHub: 'orders1', by }
    await one.addEntry('My-App', entry, never)
    assert.deepEqual((await one.entries('My-App', { top: 1 }, never)).entries, [entry])
  })

  it('trims the oldest entries', async () => {
    const { one } = await open()
    for (const second of [1, 2, 3, 4, 5]) await one.addEntry('shop', entryAt(second), never)
    await one.addEntry('other', entryAt(1), never)
    await one.trimEntries('shop', 2, never)
    await one.trimEntries('shop', 4, never)
    assert.deepEqual((await one.entries('shop', { top: 9 }, never)).entries, [entryAt(5), entryAt(4)])
    assert.equal((await one.entries('other', { top: 9 }, never)).entries.length, 1)
  })

  it('refuses an entry that is too long or has no time, and a cursor that is none', async () => {
    const { one } = await open()
    await assert.rejects(one.addEntry('shop', { ...entryAt(1), says: 'x'.repeat(30_000) }, never), isRejected)
    await assert.rejects(one.addEntry('shop', { ...entryAt(1), id: 'yesterday' }, never), isRejected)
    for (const after of ['', "' or true", '1', 'x'.repeat(2_000)]) {
      await assert.rejects(one.entries('shop', { top: 1, after }, never), isRejected)
    }
    assert.deepEqual((await one.entries('shop', { top: 9 }, never)).entries, [])
  })

  it('does nothing for a request that is cancelled already', async () => {
    const { one } = await open()
    const cancelled = AbortSignal.abort()
    await assert.rejects(one.write({ kind: 'app', key: 'shop', text: '1' }, undefined, cancelled), Cancelled)
    await assert.rejects(one.read('app', 'shop', cancelled), Cancelled)
    await assert.rejects(one.addEntry('shop', entryAt(1), cancelled), Cancelled)
    assert.equal(await one.read('app', 'shop', never), undefined)
    assert.deepEqual((await one.entries('shop', { top: 1 }, never)).entries, [])
  })
}

function isRejected(error: unknown): boolean {
  return error instanceof AzureFailure && error.kind === 'rejected' && !error.mayHaveHappened
}
