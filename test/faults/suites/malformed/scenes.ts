// The tasks as they are run here, each in a world where it may do what it is asked, or (`held`) where something runs on the hub, so
// that no answer may make it succeed.
import { fillHub } from '../../../../emulator/durable/fill.ts'
import type { FilledHub } from '../../../../emulator/durable/fill.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import type { TaskName } from '../../sockets/tasks.ts'
import type { Stand, World } from '../../sockets/world.ts'

export type Scene = {
  readonly name: string
  readonly task: TaskName
  readonly inputs: Readonly<Record<string, string>>
  readonly stand: Stand
  /** What must stand in the slots when the task has succeeded. */
  readonly wanted: Stand
  readonly held: boolean
  /** Azure Resource Manager does not let the connection through to the host, so that the host itself is asked. */
  readonly withoutBridge?: boolean
}

const day = 86_400_000
const production = { hub: 'shop2', version: 'v2' }
const stand = (hub: string): Stand => ({ production, staging: { hub, version: 'v1' } })
const swapped = (hub: string): Stand => ({ production: { hub, version: 'v1' }, staging: production })

const verdict = { timeoutInMinutes: '0', quietPeriodInSeconds: '5', slotName: 'staging' }
/** A swap back is right where nobody can say whether the target is healthy; here it would hide what the answer did. */
const swap = {
  timeoutInMinutes: '3',
  settleInSeconds: '5',
  healthCheckTimeoutInSeconds: '20',
  rollbackOnFailure: 'false',
}

function scene(
  name: string,
  task: TaskName,
  given: Omit<Scene, 'name' | 'task' | 'wanted' | 'held'> & Partial<Scene>,
): Scene {
  return { name, task, wanted: given.stand, held: false, ...given }
}

export const scenes: readonly Scene[] = [
  scene('check', 'CheckNoRunningOrchestrations', {
    inputs: { ...verdict, evidence: 'storage' },
    stand: stand('shop1'),
  }),
  scene('check through the app', 'CheckNoRunningOrchestrations', {
    inputs: { ...verdict, evidence: 'managementApi' },
    stand: stand('shop1'),
  }),
  scene('check through the host', 'CheckNoRunningOrchestrations', {
    inputs: { ...verdict, evidence: 'managementApi' },
    stand: stand('shop1'),
    withoutBridge: true,
  }),
  scene('check, busy', 'CheckNoRunningOrchestrations', {
    inputs: { ...verdict, evidence: 'storage' },
    stand: stand('shopbusy'),
    held: true,
  }),
  scene('check through the app, busy', 'CheckNoRunningOrchestrations', {
    inputs: { ...verdict, evidence: 'managementApi' },
    stand: stand('shopbusy'),
    held: true,
  }),
  scene('rotate', 'RotateTaskHub', {
    inputs: { taskHubName: 'shop9', slotName: 'staging' },
    stand: stand('shop1'),
    wanted: { production, staging: { hub: 'shop9', version: 'v1' } },
  }),
  scene('rotate, busy', 'RotateTaskHub', {
    inputs: { taskHubName: 'shop9', slotName: 'staging' },
    stand: stand('shopbusy'),
    held: true,
  }),
  scene('swap', 'SlotSwap', {
    inputs: { ...swap, taskHubName: 'shop1' },
    stand: stand('shop1'),
    wanted: swapped('shop1'),
  }),
  scene('swap through the host', 'SlotSwap', {
    inputs: { ...swap, taskHubName: 'shop1', warmUpPath: '/api/up' },
    stand: stand('shop1'),
    wanted: swapped('shop1'),
    withoutBridge: true,
  }),
  scene('swap, proven idle', 'SlotSwap', {
    inputs: { ...swap, taskHubName: 'shop1', requireIdle: 'source' },
    stand: stand('shop1'),
    wanted: swapped('shop1'),
  }),
  scene('swap, busy', 'SlotSwap', {
    inputs: { ...swap, taskHubName: 'shopbusy', requireIdle: 'source', timeoutInMinutes: '1' },
    stand: stand('shopbusy'),
    held: true,
  }),
  scene('cleanup', 'CleanupTaskHub', { inputs: { taskHubName: 'shop0' }, stand: stand('shop1') }),
  scene('cleanup from the record', 'CleanupTaskHub', { inputs: {}, stand: stand('shop1') }),
  scene('cleanup, busy', 'CleanupTaskHub', { inputs: { taskHubName: 'shopbusy' }, stand: stand('shop1'), held: true }),
]

/** What lies in storage for all of them. */
export class Storeroom {
  readonly #world: World
  #record = ''

  constructor(world: World) {
    this.#world = world
  }

  async fill(): Promise<void> {
    const idle = await this.#hub('shop1')
    await idle.completed(2)
    await idle.cancelledTimer(new Date(Date.now() + day))
    const busy = await this.#hub('shopbusy')
    await busy.running({ name: 'Order' })
    await this.#fillRetired()
    this.#world.listed.set('shopbusy', [runningInstance])
    this.#record = JSON.stringify(recordOf(this.#world), null, 2)
    await this.#world.putRecord(this.#record)
  }

  /** Puts back what the case before may have changed: its requests tell. */
  async restore({ stand: slots }: Scene): Promise<void> {
    const { board } = this.#world
    const asked = (method: string) => board.asked.some(({ kind }) => kind.startsWith(method))
    await this.#world.place(slots)
    if (asked('blob PUT')) await this.#world.putRecord(this.#record)
    if (asked('queue DELETE')) await this.#fillRetired()
    board.clear()
  }

  /** How many parts of the hub that is to be deleted are left. */
  async left(): Promise<number> {
    return (await this.#partsOfRetired()).length
  }

  async #hub(name: string): Promise<FilledHub> {
    return await fillHub(this.#world.azure.storage.account().connectionString, name, { partitionCount: 1 })
  }

  async #fillRetired(): Promise<void> {
    const before = await this.#partsOfRetired()
    const hub = await this.#hub('shop0')
    if (!before.includes('shop0Instances')) await hub.completed(1)
  }

  async #partsOfRetired(): Promise<string[]> {
    const { storage } = this.#world
    const parts: string[] = []
    for await (const { name } of storage.queues.listQueues({ prefix: 'shop0-' })) parts.push(name)
    for await (const { name = '' } of storage.tables.listTables()) if (name.startsWith('shop0')) parts.push(name)
    for await (const { name } of storage.blobs.listContainers({ prefix: 'shop0-' })) parts.push(name)
    return parts.sort()
  }
}

/** As the tasks themselves write it. */
function recordOf(world: World): unknown {
  const { account } = referenceOf(world)
  const hub = (name: string) => ({ account, name })
  const at = new Date().toISOString()
  const by = { id: 'before', run: '20240101.0', project: 'shop', link: '' }
  return {
    schema: 1,
    app: 'shop',
    generation: 3,
    hubs: [
      { hub: hub('shop0'), bornAt: at, retiredAt: at },
      { hub: hub('shop1'), bornAt: at, previous: hub('shop0') },
    ],
    audit: [{ at, by, action: 'rotate', taskHub: 'shop1', evidence: 'storage: nothing running' }],
  }
}

function referenceOf({ account }: World): { account: { name: string; id: string } } {
  const reference = referenceFromConnectionString(account.connectionString)
  if (reference.kind !== 'connectionString') throw new Error(`no connection string: ${reference.kind}`)
  return reference
}

const runningInstance = {
  name: 'Order',
  instanceId: 'order-1',
  runtimeStatus: 'Running',
  input: null,
  customStatus: null,
  output: null,
  createdTime: '2024-01-01T00:00:00Z',
  lastUpdatedTime: '2024-01-01T00:00:00Z',
}
