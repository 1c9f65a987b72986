import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueServiceClient } from '@azure/storage-queue'
import { startAzurite } from '../../../emulator/storage/azurite.ts'
import { Random } from '../../model/random.ts'

type Message = {
  readonly accountName: string
  readonly queueName: string
  readonly messageId: string
  readonly expirationTime: Date
  timeNextVisible: number
}
type Stored = Message & { readonly $loki: number }
type Collection = {
  readonly data: readonly Stored[]
  insert(doc: Message): void
  update(docs: Stored | readonly Stored[]): void
  remove(docs: Stored | readonly Stored[]): void
  findOne(query: object): Stored | null
  findAndRemove(query: object): void
  chain(): { find(query: object): Found }
  checkAllIndexes(): readonly string[]
  ensureIndex(property: string, force?: boolean): void
}
type Found = {
  data(): Stored[]
  compoundsort(by: readonly (readonly [string, boolean])[]): { limit(most: number): Found }
}
type Loki = new (name: string) => { addCollection(name: string, options: object): Collection }

/** A lokijs of its own, as Azurite's, so that one can be quickened while the other stays what it is. */
function freshLoki(): Loki {
  const resolve = createRequire(import.meta.url)
  const ofAzurite = createRequire(resolve.resolve('azurite/dist/src/azurite.js'))
  Reflect.deleteProperty(ofAzurite.cache, ofAzurite.resolve('lokijs'))
  return ofAzurite('lokijs') as Loki
}

/** The collection of messages as Azurite 3.35 makes it (LokiQueueMetadataStore.js:93). */
function messagesIn(loki: Loki): Collection {
  const indices = ['accountName', 'queueName', 'messageId', 'visibleTime']
  return new loki('test').addCollection('messages', { indices })
}

async function quickLoki(): Promise<Loki> {
  const url = new URL('../../../emulator/storage/quick-loki.mjs', import.meta.url).href
  const { quicken } = (await import(url)) as { quicken: (loki: Loki) => void }
  const loki = freshLoki()
  quicken(loki)
  return loki
}

/** One of the things that Azurite does to its messages; answers what it would tell of it. */
function act(collection: Collection, random: Random, at: number): unknown {
  const queue = { accountName: 'one', queueName: random.pick(['left', 'right']) }
  const messageId = `m${random.whole(0, at)}`
  switch (random.whole(0, 7)) {
    case 0:
      collection.remove(expiredOf(collection, queue, at))
      return undefined
    case 1: {
      const found = collection.findOne({ ...queue, messageId })
      if (found) collection.remove(found)
      return found !== null
    }
    case 2:
      collection.findAndRemove({ messageId })
      return undefined
    case 3:
      collection.findAndRemove({ ...queue, timeNextVisible: { $lte: at - random.whole(20, 60) } })
      return undefined
    case 4: {
      const due = collection.chain().find({ ...queue, timeNextVisible: { $lte: at } })
      const byTime = due.compoundsort([
        ['timeNextVisible', false],
        ['$loki', false],
      ])
      const taken = byTime.limit(random.whole(0, 32)).data()
      for (const one of taken) one.timeNextVisible = at + random.whole(0, 40)
      collection.update(taken)
      return taken.map((one) => one.messageId)
    }
    default:
      collection.insert({
        ...{ ...queue, messageId: `m${at}`, timeNextVisible: at },
        expirationTime: new Date(at + random.whole(10, 400)),
      })
      return undefined
  }
}

function expiredOf(collection: Collection, queue: object, at: number): readonly Stored[] {
  const query = { ...queue, expirationTime: { $lte: at } }
  return collection.chain().find(query).data()
}

function held({ data }: Collection) {
  return data.map(({ $loki, messageId, timeNextVisible }) => ({ $loki, messageId, timeNextVisible }))
}

describe('an Azurite whose queues hold thousands of messages', () => {
  it('stores and finds the same whether it was quickened or not, with indexes that are right', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const [plain, quick] = [messagesIn(freshLoki()), messagesIn(await quickLoki())]
      const [left, right] = [new Random(seed), new Random(seed)]
      for (let at = 0; at < 300; at++) {
        assert.deepEqual(act(quick, right, at), act(plain, left, at), `seed ${seed}, step ${at}`)
        assert.deepEqual(held(quick), held(plain), `seed ${seed}, step ${at}`)
        assert.deepEqual(quick.checkAllIndexes(), [], `seed ${seed}, step ${at}`)
      }
    }
  })

  it('rebuilds no index to remove nothing, to remove one, or to update what it hands out', async () => {
    const collection = messagesIn(await quickLoki())
    const queue = { accountName: 'one', queueName: 'left' }
    for (let at = 0; at < 50; at++) {
      collection.insert({ ...queue, messageId: `m${at}`, expirationTime: new Date(1e12), timeNextVisible: 0 })
    }
    let rebuilt = 0
    collection.ensureIndex = () => {
      rebuilt++
    }

    collection.remove(expiredOf(collection, queue, 1))
    collection.findAndRemove({ messageId: 'nowhere' })
    collection.findAndRemove({ messageId: 'm7' })
    collection.update(collection.data.slice(0, 32))

    assert.equal(rebuilt, 0)
    assert.deepEqual(collection.checkAllIndexes(), [])
    assert.equal(collection.findOne({ ...queue, messageId: 'm7' }), null)
    assert.equal(collection.data.length, 49)
  })

  it('answers the official client as before', async () => {
    assert.deepEqual(await answersOf({ quick: true }), await answersOf({}))
  }).timeout(60_000)
})

async function answersOf(options: { readonly quick?: true }): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quick-loki-'))
  const key = Buffer.alloc(64, 7).toString('base64')
  const azurite = await startAzurite({ folder, accounts: { one: key }, ...options })
  try {
    const endpoint = `http://127.0.0.1:${azurite.ports.queue}/one`
    const text = `DefaultEndpointsProtocol=http;AccountName=one;AccountKey=${key};QueueEndpoint=${endpoint};`
    const service = QueueServiceClient.fromConnectionString(text)
    const [left, right] = [service.getQueueClient('left'), service.getQueueClient('right')]
    const said: unknown[] = []
    for (const queue of [left, right]) {
      await queue.create()
      for (let at = 0; at < 40; at++) await queue.sendMessage(`${queue.name} ${at}`, { messageTimeToLive: -1 })
    }
    await left.sendMessage('later', { visibilityTimeout: 3600 })
    const taken = (await left.receiveMessages({ numberOfMessages: 32, visibilityTimeout: 60 })).receivedMessageItems
    said.push(taken.map(({ messageText, dequeueCount }) => [messageText, dequeueCount]))
    for (const { messageId, popReceipt } of taken.slice(0, 20)) await left.deleteMessage(messageId, popReceipt)
    const [gone, back] = [taken[3], taken[25]]
    if (!gone || !back) throw new Error('Too few messages came.')
    await left.updateMessage(back.messageId, back.popReceipt, 'changed', 0)
    const failed = (error: { statusCode?: number; code?: string }) => said.push([error.statusCode, error.code])
    await left.deleteMessage(gone.messageId, gone.popReceipt).catch(failed)
    await left.deleteMessage(back.messageId, back.popReceipt).catch(failed)
    for (const queue of [left, right]) {
      said.push((await queue.getProperties()).approximateMessagesCount)
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 })
      said.push(receivedMessageItems.map(({ messageText, dequeueCount }) => [messageText, dequeueCount]))
    }
    await right.clearMessages()
    said.push((await right.peekMessages()).peekedMessageItems.length)
    return said
  } finally {
    await azurite.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
