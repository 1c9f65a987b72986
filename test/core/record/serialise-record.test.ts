import assert from 'node:assert/strict'
import { parseRecord } from '../../../core/record/parse-record.ts'
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { emptyRecord, findRecorded } from '../../../core/record/record.ts'
import { mostRecordBytes, serialiseRecord } from '../../../core/record/serialise-record.ts'
import { recordDeleted } from '../../../core/retire/record.ts'
import { recordRotated } from '../../../core/rotate/record.ts'
import { recordSwapped } from '../../../core/swap/record.ts'
import { hubOfShop } from '../../support/fake-azure.ts'
import { runNamed } from './lock-scene.ts'

const by = runNamed('20261121.1')
const evidence = 'storage: nothing runs, in 4 of 4 partitions, in two looks that were 30 seconds apart; ä'.repeat(3)
const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
const bytesOf = (text: string): number => Buffer.byteLength(text)

/** As it stands after so many deployments, of which every twentieth writes it. */
function deployments(count: number, { cleanedUp }: { readonly cleanedUp: boolean }): string {
  let record: DeploymentRecord = { ...emptyRecord('shop'), generation: 1 }
  for (let each = 2; each < count + 2; each++) {
    const [hub, previous] = [hubOfShop(`shop${each}`), hubOfShop(`shop${each - 1}`)]
    const rotated = recordRotated(record, { hub, previous, at: at(each), by, evidence })
    const swapped = recordSwapped(rotated, { hub, action: 'swap', intoProduction: true, at: at(each), by })
    record = cleanedUp ? recordDeleted(swapped, { hub: previous, at: at(each), by, evidence }) : swapped
    if (each % 20 === 0) record = parseRecord(serialiseRecord(record), 'shop')
  }
  return serialiseRecord(record)
}

describe("the record's text", () => {
  it('stays small over 3,000 deployments that clean up, and forgets the hubs that were deleted first', () => {
    const text = deployments(3000, { cleanedUp: true })

    const record = parseRecord(text, 'shop')
    assert.ok(bytesOf(text) <= mostRecordBytes, `${bytesOf(text)} bytes`)
    assert.ok(text.includes('\n  "hubs"'), 'it can be read by a person')
    assert.equal(record.hubs.length, 101)
    assert.ok(findRecorded(record, hubOfShop('shop3001')))
    assert.ok(findRecorded(record, hubOfShop('shop3000'))?.deletedAt)
    assert.equal(findRecorded(record, hubOfShop('shop2900')), undefined)
    assert.equal(record.audit.length, 200)
    assert.equal(record.generation, 1)
  })

  it('forgets no hub that is still there while it is small enough, and the oldest actions before', () => {
    let record = emptyRecord('shop')
    const hubs = Array.from({ length: 1500 }, (_, index) => ({ hub: hubOfShop(`shop${index}`), retiredAt: at(index) }))
    record = { ...record, hubs, audit: parseRecord(deployments(100, { cleanedUp: true }), 'shop').audit }
    record = { ...record, audit: record.audit.map((each) => ({ ...each, evidence: evidence.repeat(10) })) }

    const text = serialiseRecord(record)

    const read = parseRecord(text, 'shop')
    assert.ok(bytesOf(text) <= mostRecordBytes, `${bytesOf(text)} bytes`)
    assert.equal(read.hubs.length, 1500)
    assert.ok(read.audit.length >= 20 && read.audit.length < 200)
    assert.deepEqual(read.audit.at(-1), record.audit.at(-1))
  })

  it('stays readable where thousands of hubs were never deleted, and forgets those that retired first', () => {
    const hubs = Array.from({ length: 5000 }, (_, index) => ({
      hub: hubOfShop(`shop${index}`),
      ...(index === 0 ? { productionSince: at(0) } : { retiredAt: at(index) }),
    }))

    const text = serialiseRecord({ ...emptyRecord('shop'), hubs })

    const read = parseRecord(text, 'shop')
    assert.ok(bytesOf(text) <= mostRecordBytes, `${bytesOf(text)} bytes`)
    assert.ok(findRecorded(read, hubOfShop('shop0')), 'one that serves never goes')
    assert.ok(findRecorded(read, hubOfShop('shop4999')))
    assert.equal(findRecorded(read, hubOfShop('shop1')), undefined)
  })

  it('forgets all hubs that were deleted before one that is still there', () => {
    const name = (kind: string, index: number) => hubOfShop(`${kind}${'x'.repeat(30)}${index}`)
    const deleted = Array.from({ length: 100 }, (_, index) => ({ hub: name('gone', index), deletedAt: at(index) }))
    const retired = Array.from({ length: 3200 }, (_, index) => ({ hub: name('left', index), retiredAt: at(index) }))

    const text = serialiseRecord({ ...emptyRecord('shop'), hubs: [...deleted, ...retired] })

    const { hubs } = parseRecord(text, 'shop')
    assert.ok(bytesOf(text) <= mostRecordBytes, `${bytesOf(text)} bytes`)
    assert.equal(hubs.filter(({ deletedAt }) => deletedAt !== undefined).length, 0)
    assert.equal(hubs.length, retired.length)
  })

  it('forgets no hub that a slot has, however many there are', () => {
    const hubs = Array.from({ length: 6000 }, (_, index) => ({ hub: hubOfShop(`shop${index}`), bornAt: at(index) }))

    assert.equal(parseRecord(serialiseRecord({ ...emptyRecord('shop'), hubs }), 'shop').hubs.length, 6000)
  })

  it('counts a hub that was deleted and given to a slot again as one that is there', () => {
    const gone = recordDeleted(emptyRecord('shop'), { hub: hubOfShop('shop7'), at: at(1), by, evidence })
    const again = recordRotated(gone, { hub: hubOfShop('shop7'), at: at(2), by, evidence })

    assert.equal(findRecorded(again, hubOfShop('shop7'))?.deletedAt, undefined)
  })
})
