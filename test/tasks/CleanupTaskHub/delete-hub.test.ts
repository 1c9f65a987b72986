import assert from 'node:assert/strict'
import { withoutLock } from '../../../core/record/fence.ts'
import { AzureFailure } from '../../../core/failures.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'
import type { DeleteResult, HubPart, TaskHubs } from '../../../core/task-hub/ports.ts'
import { referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import { deleteHub } from '../../../tasks/CleanupTaskHub/delete-hub.ts'
import { connectionTo } from '../../support/app.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'

const signal = new AbortController().signal
const queue: HubPart = { kind: 'queue', name: 'shop1-workitems' }
const table: HubPart = { kind: 'table', name: 'shop1Instances' }
const all: readonly HubPart[] = [queue, table]

const lost = new AzureFailure('No answer.', { operation: 'delete', kind: 'network', mayHaveHappened: true })

/** What each asking does to the parts that are there; throwing is a reply that never came. */
type Answers = (part: HubPart, time: number) => DeleteResult

function storage(answers: Answers, there = [...all]) {
  const asked: string[] = []
  const hubs: Pick<TaskHubs, 'parts' | 'deletePart'> = {
    parts: async () => await Promise.resolve({ parts: [...there], holdsData: false }),
    deletePart: async (_, part) => {
      const name = part.kind === 'rows' ? part.table : part.name
      asked.push(name)
      return await Promise.resolve(answers(part, asked.filter((each) => each === name).length))
    },
  }
  return { asked, there, hubs, gone: (part: HubPart) => there.splice(there.indexOf(part), 1) }
}

async function run(hubs: Pick<TaskHubs, 'parts' | 'deletePart'>) {
  const reference = referenceFromConnectionString(connectionTo('shopdata'))
  const name = parseHubName('shop1')
  assert.ok(name && reference.kind === 'connectionString')
  const clock = new FakeClock()
  const deps = { clock, log: new FakeLog(), fence: withoutLock, settled: () => undefined }
  const taskHubs = hubs as TaskHubs
  const candidate = { hub: { account: reference.account, name }, storage: reference, taskHubs }
  return { left: await deleteHub(deps, candidate, all, signal), slept: clock.slept.length }
}

describe('deleting the parts of a hub', () => {
  it('asks for each once, and proves that none is left', async () => {
    const { asked, gone, hubs } = storage((part) => (gone(part), 'deleted'))
    assert.deepEqual(await run(hubs), { left: undefined, slept: 0 })
    assert.deepEqual(asked, ['shop1-workitems', 'shop1Instances'])
  })

  it('reads again what is left when one reading fails, and deletes nothing meanwhile', async () => {
    const { asked, gone, hubs } = storage((part) => (gone(part), 'deleted'))
    let fails = 2
    const parts: TaskHubs['parts'] = async (...args) => {
      if (fails-- > 0) throw new AzureFailure('No answer.', { operation: 'list', kind: 'server' })
      return await hubs.parts(...args)
    }
    assert.deepEqual(await run({ ...hubs, parts }), { left: undefined, slept: 2 })
    assert.equal(asked.length, 2)
  })

  for (const [kind, readings] of [
    ['server', 3],
    ['denied', 1],
  ] as const) {
    it(`fails when what is left cannot be read (${kind}) after ${readings} readings`, async () => {
      const { gone, hubs } = storage((part) => (gone(part), 'deleted'))
      let reads = 0
      const parts: TaskHubs['parts'] = () => {
        reads++
        return Promise.reject(new AzureFailure('No answer.', { operation: 'list', kind }))
      }
      await assert.rejects(run({ ...hubs, parts }), AzureFailure)
      assert.equal(reads, readings)
    })
  }

  it('goes on at once after a lost reply to a delete that was done', async () => {
    const { asked, gone, hubs } = storage((part) => {
      gone(part)
      throw lost
    })
    assert.deepEqual(await run(hubs), { left: undefined, slept: 0 })
    assert.deepEqual(asked, ['shop1-workitems', 'shop1Instances'])
  })

  it('asks for no table while a queue whose reply was lost is still there', async () => {
    const { asked, gone, hubs } = storage((part, time) => {
      if (part === queue && time < 3) throw lost
      gone(part)
      return 'deleted'
    })
    assert.deepEqual(await run(hubs), { left: undefined, slept: 2 })
    assert.deepEqual(asked, ['shop1-workitems', 'shop1-workitems', 'shop1-workitems', 'shop1Instances'])
  })

  it('does not delete again what came back after it was deleted, and says what is there', async () => {
    const { asked, gone, there, hubs } = storage((part) => {
      gone(part)
      if (part === table) there.push(queue)
      return 'deleted'
    })
    const { left } = await run(hubs)
    assert.equal(left, "queue 'shop1-workitems' is still there")
    assert.deepEqual(asked, ['shop1-workitems', 'shop1Instances'])
  })

  it('touches nothing that was not there when the guards were read', async () => {
    const later: HubPart = { kind: 'table', name: 'shop1History' }
    const { asked, gone, there, hubs } = storage((part) => {
      gone(part)
      if (part === table) there.push(later)
      return 'deleted'
    })
    assert.match((await run(hubs)).left ?? '', /shop1History/)
    assert.equal(asked.includes('shop1History'), false)
  })

  it('asks for a part that is being deleted until it is gone', async () => {
    const { gone, hubs } = storage((part, time) => {
      if (time === 3) gone(part)
      return time < 3 ? 'beingDeleted' : 'absent'
    })
    assert.deepEqual(await run(hubs), { left: undefined, slept: 2 })
  })

  it('gives a part that stays being deleted more than a minute, and says what is there', async () => {
    const { hubs } = storage(() => 'beingDeleted')
    const { left, slept } = await run(hubs)
    assert.match(left ?? '', /shop1-workitems.*shop1Instances/)
    assert.ok(slept * 3 > 60)
  })

  it('reads storage and asks again where storage asks for patience', async () => {
    const throttled = new AzureFailure('Slow down.', { operation: 'delete', kind: 'throttled', status: 503 })
    const { asked, gone, hubs } = storage((part, time) => {
      if (part === queue && time < 2) throw throttled
      gone(part)
      return 'deleted'
    })
    assert.deepEqual(await run(hubs), { left: undefined, slept: 1 })
    assert.deepEqual(asked, ['shop1-workitems', 'shop1-workitems', 'shop1Instances'])
  })

  it('stops at a refusal', async () => {
    const denied = new AzureFailure('No.', { operation: 'delete', kind: 'denied' })
    const { asked, hubs } = storage(() => {
      throw denied
    })
    await assert.rejects(run(hubs), denied)
    assert.equal(asked.length, 1)
  })
})
