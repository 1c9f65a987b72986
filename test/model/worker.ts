// What workers do, in the order in which the Durable Task Framework does it: outbound messages, History, Instances, and only
// then the deletion of what triggered it (DT AzureStorageOrchestrationService.cs:1219-1282).
import { customStatus, runEntity } from './entity.ts'
import { newExecution, runEpisode, type Outgoing } from './orchestrator.ts'
import { isIgnored, nameOf, type Content, type Execution, type Job, type Message, type Published } from './state.ts'
import type { World } from './world.ts'

const second = 1000
/** How long a message stays hidden from others once a worker has it (DT settings: 5 min). */
const visibilityMs = 300 * second
const mostDequeues = 10

type Step = Job['steps'][number]

/** Takes a message that can be seen, and perhaps others for the same instance. */
export function take(world: World, message: Message): void {
  const key = message.to
  const batch =
    message.content.kind === 'activity'
      ? [message]
      : [...world.messages].filter(
          (other) =>
            other === message ||
            (other.to === key &&
              other.queue === message.queue &&
              world.isVisible(other) &&
              other.content.kind !== 'start' &&
              world.random.chance(0.7)),
        )
  for (const each of batch) {
    each.dequeues += 1
    each.visibleAt = Infinity
  }
  const jobKey = message.content.kind === 'activity' ? `activity ${message.number}` : key
  world.tell(`a worker takes ${batch.map(inWords).join(', ')} for ${key}`)
  world.jobs.push({ who: 'worker', key: jobKey, messages: batch, steps: stepsFor(world, key, batch), next: 0 })
}

/** A worker dies: what it had taken is seen again after the visibility timeout. */
export function crash(world: World, job: Job): void {
  world.tell(`the ${job.who} that works on ${job.key} crashes`)
  world.jobs.splice(world.jobs.indexOf(job), 1)
  for (const message of job.messages) {
    if (world.messages.has(message)) message.visibleAt = world.now + world.random.whole(1, visibilityMs)
  }
}

/** All workers die at once; what they did, and did not write, is lost. */
export function die(world: World): void {
  const gracefully = world.random.chance(0.5)
  world.tell(`ALL WORKERS DIE${gracefully ? ', and release their partitions' : ''}`)
  for (const job of world.jobs.filter(({ who }) => who === 'worker')) crash(world, job)
  world.leases.leave(gracefully, world.now)
}

export function inWords({ number, content }: Message): string {
  return `message ${number} (${content.kind})`
}

function stepsFor(world: World, key: string, batch: readonly Message[]): Step[] {
  const [first] = batch
  if (first?.content.kind === 'activity') return activitySteps(world, key, first, first.content)
  if (key.startsWith('@')) return entitySteps(world, key, batch)
  return orchestrationSteps(world, key, batch)
}

function activitySteps(world: World, key: string, message: Message, content: Content & { kind: 'activity' }): Step[] {
  return [
    { says: 'the activity runs', act: () => true },
    send(world, key, { to: key, content: { kind: 'result', task: content.task }, origin: message.origin }),
    remove(world, message),
  ]
}

function entitySteps(world: World, key: string, batch: readonly Message[]): Step[] {
  const before = world.histories.get(key)
  const { state, outgoing } = runEntity(before?.kind === 'entity' ? before : undefined, batch)
  const [first] = batch
  return [
    ...(before === undefined && first ? publishing(world, key, ['Running'], first.origin) : []),
    ...outgoing.map((each) => send(world, key, each)),
    commit(`History of ${key}`, () => world.histories.set(key, state)),
    commit(`row of ${key}: ${customStatus(state)}`, () => {
      world.write(key, { name: key, status: 'Running', executionId: `${key}:1`, customStatus: customStatus(state) })
    }),
    ...batch.map((each) => remove(world, each)),
  ]
}

function orchestrationSteps(world: World, key: string, batch: readonly Message[]): Step[] {
  const found = world.histories.get(key)
  const before = found?.kind === 'orchestration' ? found : undefined
  const [first] = batch
  const start = first?.content.kind === 'start' ? first.content : undefined
  const removal = batch.map((each) => remove(world, each))
  if (start && first && isNew(start, before)) {
    const row = world.rows.get(key)
    if (start.byClient && world.setting.startsNeedRow && row?.executionId !== start.executionId) {
      return first.dequeues >= mostDequeues ? removal : [abandon(world, batch)]
    }
    return checkpoint(world, key, { before, fresh: newExecution(start, first.origin), batch })
  }
  if (!before || before.ended !== '') return [...(before ? [heal(world, key, before)] : []), ...removal]
  return checkpoint(world, key, { before, fresh: undefined, batch })
}

/** A start of an execution that History knows is a duplicate, and one of a running instance is dropped. */
function isNew(start: Content & { kind: 'start' }, before: Execution | undefined): boolean {
  return !before || (before.ended !== '' && start.executionId !== before.startedAs)
}

type Checkpoint = {
  readonly before: Execution | undefined
  readonly fresh: Execution | undefined
  readonly batch: readonly Message[]
}

function checkpoint(world: World, key: string, { before, fresh, batch }: Checkpoint): Step[] {
  const from = fresh ?? before
  if (!from) return []
  const now = world.now + world.setting.workerAheadMs
  const { state, outgoing } = runEpisode(key, from, batch, now)
  // The event that says so carries the status; a checkpoint without one leaves the column as it is (AzureTableTrackingStore.cs:985-1060).
  const told = fresh !== undefined || state.ended !== '' || state.suspended !== from.suspended
  const again = state.executionId !== from.executionId
  const { origin } = from
  return [
    // Before the checkpoint commits: it may be said again, or of what never comes to be (EXT DurableTaskExtension.cs:837).
    ...(fresh ? publishing(world, key, ['Running'], origin) : []),
    ...(again ? publishing(world, key, ['Completed', 'Running'], origin) : []),
    ...(state.ended === '' ? [] : publishing(world, key, [state.ended], origin)),
    ...outgoing.map((each) => send(world, key, each)),
    {
      says: `History of ${key}: ${stateInWords(state)}`,
      act: () => {
        // Its etag: whoever has changed or purged it meanwhile has won, and the messages come back.
        if (world.histories.get(key) !== before) {
          backOff(world, batch)
          return false
        }
        world.histories.set(key, state)
        return true
      },
    },
    commit(`row of ${key}: ${stateInWords(state)}`, () => {
      const status = state.ended || (state.suspended ? 'Suspended' : 'Running')
      world.write(key, { name: nameOf(key), executionId: state.executionId, ...(told || again ? { status } : {}) })
    }),
    ...batch.map((each) => remove(world, each)),
  ]
}

/** A message for an instance that History has ended puts its row right (AzureStorageOrchestrationService.cs:1103-1123). */
function heal(world: World, key: string, { ended, executionId }: Execution): Step {
  return commit(`row of ${key} if it lags`, () => {
    const row = world.rows.get(key)
    if (row?.executionId === executionId && row.status !== ended) world.write(key, { status: ended })
  })
}

function send(world: World, sender: string, { to, content, fireAt, delayMs, origin }: Outgoing): Step {
  return commit(`sends ${content.kind} to ${to}`, () => {
    // A delay is counted by the worker's clock (TaskHubQueue.cs:179-213).
    const workerNow = world.now + world.setting.workerAheadMs
    const delay = fireAt === undefined ? (delayMs ?? 0) : fireAt - workerNow
    // An instance that is ignored starts others as a client does.
    const from = isIgnored(sender) && to !== sender ? {} : { origin }
    world.send(to, content, { ...from, delayMs: delay })
  })
}

function publishing(
  world: World,
  key: string,
  statuses: readonly Published['status'][],
  origin: Published['origin'],
): Step[] {
  if (!world.publish) return []
  return statuses.map((status) =>
    commit(`publishes ${status} of ${key}`, () => world.publish?.({ key, status, origin, at: world.moment })),
  )
}

function remove(world: World, message: Message): Step {
  return commit(`deletes ${inWords(message)}`, () => world.messages.delete(message))
}

function abandon(world: World, batch: readonly Message[]): Step {
  return commit('finds no row and abandons it', () => {
    backOff(world, batch)
  })
}

/** 2^n seconds, at most 600 (TaskHubQueue.cs:249-254). */
function backOff(world: World, batch: readonly Message[]): void {
  for (const message of batch) message.visibleAt = world.now + Math.min(600, 2 ** message.dequeues) * second
}

function commit(says: string, act: () => unknown): Step {
  return {
    says,
    act: () => {
      act()
      return true
    },
  }
}

function stateInWords({ ended, suspended, executionId, at, waitsFor }: Execution): string {
  return `${ended || (suspended ? 'Suspended' : 'Running')} ${executionId} at ${at}, waits for ${waitsFor ?? 'nothing'}`
}
