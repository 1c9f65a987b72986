// What the service reads of Azure, over a model hub: marks and looks, each noted for the oracle.
import { AzureFailure } from '../../../core/failures.ts'
import type { SlotHub } from '../../../core/function-app/slot-hub.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { AppView } from '../../../core/function-app/view.ts'
import type { HubMark, HubMarks } from '../../../core/lifecycle/hub-mark.ts'
import type { HubReader } from '../../../core/task-hub/idle-proof/hub-reader.ts'
import { unknownEvidence } from '../../../core/task-hub/idle-proof/idle.ts'
import { lookAtHub } from '../../../core/task-hub/idle-proof/look.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import type { TaskHubs } from '../../../core/task-hub/ports.ts'
import { policyText } from '../../../state-service/verdict/prove.ts'
import type { Watched, WatchedApp } from '../../../state-service/watched.ts'
import { ModelReader, type LookTimes } from '../../model/model-reader.ts'
import { queuedWork, type Work } from '../../model/oracle.ts'
import type { World } from '../../model/world.ts'
import { hubName } from './courier.ts'
import type { Process, Turns } from './turns.ts'

export const app: WatchedApp = {
  name: 'shop',
  resourceGroup: 'rg',
  subscriptionId: 'sub',
  taskHubSetting: 'TaskHub',
  storageSetting: 'Storage',
}
export const slot = 'staging'

/**
 * Where the slot's hub is. The model's is `Orders` of account `acct`; the others are not there. From `Other` of `acct2` a clean-up
 * of `Orders` finds nothing left, though the model's is.
 */
export type Place = { readonly account: string; readonly name: HubName }
export const home: Place = { account: 'acct', name: hubName }
const emptied: Place = { account: 'acct2', name: 'Other' as HubName }
export const elsewhere: readonly Place[] = [
  emptied,
  emptied,
  { account: 'acct', name: 'Other' as HubName },
  { account: 'acct2', name: hubName },
]

/** A mark, for the oracle: when each queue was counted, and the work that lay in it as a message. */
export type MarkSeen = { at: number; moment: number; readonly counted: Map<number, number>; readonly work: Work[] }

/** What may have been a proof: marks with looks between them. */
export type ProofSeen = {
  readonly policy: string
  readonly before: MarkSeen
  readonly looks: LookTimes[]
  after?: MarkSeen
}

export type Azure = {
  readonly world: World
  readonly turns: Turns
  readonly between: () => void
  readonly requestsEach: number
  /** How often a read fails, from 0 to 1. */
  readonly faults: number
  place: Place
  armFails: boolean
  readonly proofs: ProofSeen[]
  /** The last mark that was read for an answer, by the signal of its request. */
  readonly marks: WeakMap<AbortSignal, MarkSeen>
  /** What comes from outside at the worst moments: when the hub has just been found idle. */
  readonly ambush: () => void
  /** What a mutant makes of a mark. */
  readonly wrongMark?: ((mark: HubMark) => HubMark) | undefined
}

export function watch(azure: Azure, process: Process): Watched {
  return {
    apps: [app],
    look: async () => {
      await azure.turns.wait(process)
      if (azure.armFails) throw failure('look at function app')
      return viewOf(azure.place)
    },
    hubs: ({ storage, name }) => {
      const account = storage.kind === 'known' ? storage.reference.account.name : ''
      const isHome = account === home.account && name.kind === 'set' && name.value === home.name
      return hubsOf(azure, process, { account, isHome })
    },
  }
}

function viewOf({ account: name, name: value }: Place): AppView {
  const account = { name, id: name }
  const hub: SlotHub = {
    slot: slot as SlotName,
    settingKey: app.taskHubSetting,
    name: { kind: 'set', value },
    storage: { kind: 'known', reference: { kind: 'connectionString', account, connectionString: '' } },
  }
  const settings = { kind: 'read', values: {} } as const
  const slots = [{ name: slot as SlotName, hostName: 'shop', state: 'Running', settings }]
  return {
    picture: {
      app: { resourceGroup: app.resourceGroup, name: app.name },
      kind: 'functionapp',
      stickySettings: [],
      slots,
    },
    hubs: [hub],
    storageKeys: [],
  }
}

function hubsOf(
  azure: Azure,
  process: Process,
  { account: name, isHome }: { readonly account: string; readonly isHome: boolean },
): TaskHubs & HubMarks {
  const { world, turns } = azure
  const account = { name, id: name }
  const never = () => Promise.reject(new Error('not asked here'))
  let requests = 0
  let policy = ''
  let looks: LookTimes[] = []
  let before: MarkSeen | undefined
  return {
    account,
    async mark(_, signal) {
      await turns.wait(process)
      requests += 3
      if (world.random.chance(azure.faults)) throw failure('read the queues')
      if (!isHome) return { at: new Date(world.now), queues: [], partitions: [] }
      const seen: MarkSeen = { at: 0, moment: 0, counted: new Map(), work: [] }
      const queues = countQueues(azure, seen)
      await turns.wait(process)
      const partitions = Array.from({ length: world.setting.partitions }, (_, partition) => {
        azure.between()
        return world.leases.see(partition, world.now)
      })
      seen.at = world.now
      seen.moment = world.moment
      const mark: HubMark = { at: new Date(seen.at), queues, partitions }
      const inWords = `${queues.map(({ messages, visible }) => `${messages}/${visible}`).join(' ')}, ${partitions.map(({ tag, live }) => `${tag}${live ? ' live' : ''}`).join(' ')}`
      world.tell(`MARK (${process.name}): ${inWords}`)
      if (signal !== process.lifetime) azure.marks.set(signal, seen)
      else {
        if (before && looks.length > 0) azure.proofs.push({ policy, before, looks, after: seen })
        looks = []
        before = seen
      }
      return azure.wrongMark?.(mark) ?? mark
    },
    async look(hub, wanted, signal, ask = {}) {
      policy = policyText(wanted)
      const question = { hub: { account, name: hub }, policy: wanted }
      if (!isHome) {
        await turns.wait(process)
        return { ...unknownEvidence(question.hub, 'storage', 'it does not exist'), verdict: 'idle' }
      }
      const model = new ModelReader(world, azure)
      const evidence = await lookAtHub(
        inTurns(model, () => turns.wait(process)),
        question,
        ask,
        signal,
      )
      requests += model.requests()
      const [times] = model.looks.slice(-1)
      if (times) looks.push(times)
      world.tell(`LOOK (${process.name}): ${evidence.verdict}: ${evidence.because}`)
      if (evidence.verdict === 'idle') azure.ambush()
      return evidence
    },
    parts: async (hub) => {
      await turns.wait(process)
      const isThere = name === home.account && hub === home.name
      return { parts: isThere ? [{ kind: 'queue', name: 'orders-workitems' }] : [], holdsData: isThere }
    },
    requests: () => requests,
    liveLeases: never,
    lastActivity: never,
    instances: never,
    roots: never,
    deletePart: never,
  }
}

/** In any order; the count and the peek of a queue are two moments. */
function countQueues({ world, between }: Azure, { counted, work }: MarkSeen): HubMark['queues'] {
  const queues = Array.from({ length: world.workItems + 1 }, (_, number) => ({
    name: `q${number}`,
    messages: 0,
    visible: 0,
  }))
  let waiting = queues.map((queue, number) => ({ queue, number }))
  while (waiting.length > 0) {
    const one = world.random.pick(waiting)
    waiting = waiting.filter((other) => other !== one)
    between()
    world.moment += 1
    const there = [...world.messages].filter(({ queue }) => queue === one.number)
    // Approximate, never too low.
    one.queue.messages = there.length + (!world.isCalm && world.random.chance(0.02) ? 1 : 0)
    counted.set(one.number, world.moment)
    work.push(...queuedWork(world, one.number))
    if (one.queue.messages === 0) continue
    between()
    one.queue.visible = [...world.messages].filter((each) => each.queue === one.number && world.isVisible(each)).length
  }
  return queues
}

/** The same reader, but others have their turns between its reads. */
function inTurns(inner: HubReader, turn: () => Promise<void>): HubReader {
  const { instances, history, queues } = inner
  return {
    instances: {
      shared: false,
      async *scan(since, watched, signal) {
        for await (const rows of instances.scan(since, watched, signal)) {
          await turn()
          yield rows
        }
      },
      row: async (key, signal) => {
        await turn()
        return await instances.row(key, signal)
      },
      completed: (name, signal) => instances.completed(name, signal),
    },
    history: {
      ...history,
      endAndTimers: async (key, signal) => {
        await turn()
        return await history.endAndTimers(key, signal)
      },
    },
    queues: {
      names: async (signal) => {
        await turn()
        return await queues.names(signal)
      },
      look: async (names, signal) => {
        await turn()
        return await queues.look(names, signal)
      },
    },
    now: () => inner.now(),
    partitionCount: (signal) => inner.partitionCount(signal),
    isThere: (signal) => inner.isThere(signal),
    requests: () => inner.requests(),
  }
}

export function failure(operation: string, mayHaveHappened = false): AzureFailure {
  return new AzureFailure(`Could not ${operation}: no answer.`, { operation, kind: 'network', mayHaveHappened })
}
