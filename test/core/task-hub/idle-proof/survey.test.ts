import assert from 'node:assert/strict'
import { type IdlePolicy, strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { silentWatch } from '../../../../core/task-hub/idle-proof/scan-watch.ts'
import {
  mostKnown,
  surveyRequests,
  surveyRows,
  type SurveyQuestion,
} from '../../../../core/task-hub/idle-proof/survey.ts'
import { fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'

const signal = new AbortController().signal

function survey(reader: FakeHubReader, policy: Partial<IdlePolicy> = {}, twist: Partial<SurveyQuestion> = {}) {
  const since = new Date('2026-11-21T09:58:00Z')
  const rules = { ...strictPolicy, ...policy }
  return surveyRows(reader, { hub: fakeHubName, policy: rules, since, watch: silentWatch, ...twist }, signal)
}

const scans = ({ asked }: FakeHubReader) => asked.filter((what) => what === 'scan').length

describe('a survey of the rows of a hub', () => {
  it('is none where there is no table', async () => {
    const reader = new FakeHubReader()
    reader.rows = undefined
    assert.equal(await survey(reader), undefined)
  })

  it('passes other failures on', async () => {
    const reader = new FakeHubReader()
    reader.failing = 'denied'
    await assert.rejects(survey(reader), { kind: 'denied' })
  })

  it('remembers the rows that block, and counts the others', async () => {
    const reader = new FakeHubReader()
    reader.row('runs')
    reader.row('zombie')
    reader.events('zombie', { EventType: 'ExecutionCompleted' })
    reader.row('done', { RuntimeStatus: 'Completed' })
    const seen = await survey(reader)
    assert.deepEqual(
      seen?.known.map(({ key }) => key),
      ['runs'],
    )
    assert.deepEqual([seen.tally.counts.running, seen.tally.counts.finishedButNotMarked], [1, 1])
    assert.deepEqual([seen.changes.rows, seen.cut], [3, false])
  })

  it('remembers no more than a thousand, and counts all of them', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 1000
    for (let n = 0; n < mostKnown + 5; n++) reader.row(`i${n}`, { RuntimeStatus: 'Suspended' })
    const seen = await survey(reader)
    assert.deepEqual([seen?.known.length, seen?.tally.counts.suspended], [mostKnown, mostKnown + 5])
  })

  it('asks History of a hundred rows at most where it is busy anyway', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 50
    for (let n = 0; n < 150; n++) reader.row(`i${n}`)
    await survey(reader)
    assert.equal(reader.asked.filter((what) => what.startsWith('end')).length, 100)
  })

  it('asks History of every row while none of them blocks', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 50
    for (let n = 0; n < 150; n++) {
      reader.row(`i${n}`)
      reader.events(`i${n}`, { EventType: 'ExecutionCompleted' })
    }
    const seen = await survey(reader)
    assert.deepEqual([seen?.tally.counts.finishedButNotMarked, seen?.known.length], [150, 0])
  })

  it('ends at work once 256 requests are spent, and not before', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 1
    for (let n = 0; n < 400; n++) reader.row(`i${String(n).padStart(3, '0')}`, { RuntimeStatus: 'Completed' })
    reader.row('i000', { RuntimeStatus: 'Suspended' })
    const seen = await survey(reader)
    const history = 1
    assert.deepEqual([seen?.cut, scans(reader)], [true, surveyRequests - history])
  })

  it('ends at the first work it finds after that', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 1
    for (let n = 0; n < 400; n++) reader.row(`i${n}`, { RuntimeStatus: n === 300 ? 'Suspended' : 'Completed' })
    const seen = await survey(reader)
    assert.deepEqual([seen?.cut, scans(reader)], [true, 301])
  })

  it('reads every row of a hub without work, however many requests it takes', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 1
    for (let n = 0; n < 400; n++) reader.row(`i${n}`, { RuntimeStatus: 'Completed' })
    const seen = await survey(reader)
    assert.deepEqual([seen?.cut, scans(reader)], [false, 400])
  })

  it('says as soon as it has found work, once', async () => {
    const reader = new FakeHubReader()
    for (let n = 0; n < 6; n++) reader.row(`i${n}`)
    const found: string[] = []
    await survey(reader, {}, { foundWork: (name) => found.push(`${name} after ${scans(reader)}`) })
    assert.deepEqual(found, ['ProcessOrder after 1'])
  })

  it('takes what is ignored neither for work nor for a change', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { Name: 'Eternal' })
    reader.row('@counter@a', { Name: '@counter@a', CustomStatus: '{"queueSize":1}' })
    reader.row('b', { RuntimeStatus: 'Completed' })
    const seen = await survey(reader, {
      entityPolicy: 'ignore',
      ignoreInstances: [{ field: 'name', pattern: 'Eternal' }],
    })
    assert.deepEqual([seen?.known.length, seen?.changes.rows, seen?.tally.counts.ignored], [0, 1, 1])
  })

  describe('in a shared tracking store', () => {
    it('counts the rows of its own hub, named in any case', async () => {
      const reader = new FakeHubReader()
      reader.isShared = true
      reader.row('own', { TaskHubName: 'ORDERS' })
      reader.row('other', { TaskHubName: 'Shop' })
      const seen = await survey(reader)
      assert.deepEqual(
        seen?.known.map(({ key }) => key),
        ['own'],
      )
      assert.equal(seen.changes.rows, 1)
    })

    it('counts unfinished rows that name no hub as nobody’s', async () => {
      const reader = new FakeHubReader()
      reader.isShared = true
      reader.row('a')
      reader.row('b', { TaskHubName: '' })
      reader.row('c', { RuntimeStatus: 'Completed' })
      assert.equal((await survey(reader))?.tally.ownerless, 2)
    })
  })
})
