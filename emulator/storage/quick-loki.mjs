// Loaded into an Azurite before it starts: its store, lokijs, does three things without the detour that takes up to a tenth
// of a second each once a queue holds thousands of messages. Plain JavaScript, because Azurite's process is plain Node.
import { createRequire } from 'node:module'

const ofAzurite = createRequire(createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'))
quicken(ofAzurite('lokijs'))

/** What few documents, if any, have in common: asked for first, they leave little to compare. */
const telling = ['messageId', 'expirationTime']

/**
 * What is stored, found and answered stays the same (test/emulator/storage/quick-loki.test.ts); only the order of documents that
 * are equal to an index may differ, and Azurite sorts whatever it hands out.
 * 1. A removal by query rebuilds every index of the collection, even where it finds nothing. Azurite asks at each call for a
 *    queue what has expired, which is nothing (LokiQueueMetadataStore.clearExpiredMessages), and once a minute it removes
 *    the body of each message that was deleted, one by one (LokiExtentMetadataStore.deleteExtent), answering nobody meanwhile.
 *    `remove` takes a single document out of the indexes instead; besides, it takes lokijs' own marks off the document,
 *    which nobody has in hand after a query.
 * 2. An update of several rebuilds every index as well, an update of one moves it. Azurite updates what it hands out, at
 *    most 32 messages (getMessages).
 * 3. The conditions of a query are tried in the order in which they are written, and Azurite writes account and queue first,
 *    which nearly all messages share. All of them have to hold, so their order does not matter to what is found, and both
 *    queries that name one of `telling` leave nothing to order.
 * @param {typeof import('lokijs')} loki lokijs 1.5.12
 */
export function quicken({ Collection, Resultset }) {
  const { removeBatch, removeBatchByPositions, update } = Collection.prototype
  Collection.prototype.removeBatch = function (batch) {
    if (batch.length > 0) removeBatch.call(this, batch)
  }
  Collection.prototype.removeBatchByPositions = function (positions) {
    if (positions.length > 1) removeBatchByPositions.call(this, positions)
    else for (const position of positions) this.remove(this.data[position])
  }
  Collection.prototype.update = function (changed) {
    if (!Array.isArray(changed)) return update.call(this, changed)
    for (const one of changed) update.call(this, one)
  }
  const { find } = Resultset.prototype
  Resultset.prototype.find = function (query, firstOnly) {
    return find.call(this, inOrder(query), firstOnly)
  }
}

function inOrder(query) {
  if (typeof query !== 'object' || query === null) return query
  const first = telling.find((name) => Object.hasOwn(query, name))
  return first === undefined ? query : { [first]: query[first], ...query }
}
