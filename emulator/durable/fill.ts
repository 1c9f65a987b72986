/**
 * Seeds a task hub with situations, directly in the library's layout and with no worker running:
 *
 *     const hub = await fillHub(connectionString, 'orders7', { partitionCount: 4 })
 *     await hub.completed(3)                                  // ended instances with History
 *     const id = await hub.running({ name: 'ProcessOrder' })  // waits for an activity; nothing is queued
 *     await hub.queuedActivity({ instanceId: id })            // a message in -workitems
 *     await hub.entity('counter', 'total', { lockedBy: id })  // busy entity
 *     await hub.livePartition(0)                              // a worker that lives
 *
 * An empty hub has queues, tables, `-leases` with taskhub.json, `-applease` with its blob and partition rows without an
 * owner. `parts: []` creates nothing at all. Every method answers what identifies what it made, mostly the instance id.
 *
 * | method | what is there afterwards |
 * |---|---|
 * | `instance(options)` | any row and, with `history`, any History; the others are made of it |
 * | `completed(n)`, `failed()`, `terminated()`, `canceled()` | ended instances |
 * | `running()`, `suspended()`, `continuedAsNew()` | in flight, with History, nothing queued |
 * | `pending()` | a client start: control message, visible, and Pending row; `message: false` = orphaned row |
 * | `scheduledStart(at)` | the same with ScheduledStartTime, the message invisible until then |
 * | `withoutStatus()` | a row without RuntimeStatus, as a purge under a running instance leaves it |
 * | `finishedButRunning()` | row Running, History ended for the same ExecutionId |
 * | `cancelledTimer(fireAt, options)` | ended instance whose timer message is still invisible on its control queue |
 * | `entity(name, key, options)` | idle; with queueSize or lockedBy busy |
 * | `controlMessage(options)` | an event for an instance without a row; `invisibleSeconds` hides it |
 * | `queuedActivity(options)` | a message in -workitems |
 * | `largeMessage(options)` | a control message whose body is a blob in -largemessages |
 * | `livePartition(n)`, `expiredPartition(n)`, `releasedPartition(n)` | owner in the Partitions table |
 * | `blobLease(directory, n)`, `appLease()` | real storage leases of 15..60 s; `release()` in the answer |
 */
import { seedLeases } from './fill-leases.ts'
import type { LeaseSeeds } from './fill-leases.ts'
import { seedInstances } from './fill-instances.ts'
import type { InstanceSeeds } from './fill-instances.ts'
import { seedMessages } from './fill-messages.ts'
import type { MessageSeeds } from './fill-messages.ts'
import { namesOf } from './names.ts'
import type { HubNames } from './names.ts'
import { provision } from './provision.ts'
import type { Encoding, Hub } from './queues.ts'
import { openStorage } from './storage.ts'
import type { Connection, Storage } from './storage.ts'

export type FillOptions = {
  /** 1 to 16, 4 unless told. */
  readonly partitionCount?: number
  /** `[]`: nothing is created, the hub is not provisioned. */
  readonly parts?: 'all' | readonly []
  /** base64 unless told; `utf8` is the default of library 2.9. */
  readonly encoding?: Encoding
  /** Tables shared by hubs, in the same account: rows go to `{prefix}Instances` and `{prefix}History`. */
  readonly trackingStorePrefix?: string
  /** The column TaskHubName of every row; `false` leaves it out, as libraries before 1.10 did. */
  readonly taskHubName?: string | false
}

export type FilledHub = InstanceSeeds &
  MessageSeeds &
  LeaseSeeds & { readonly names: HubNames; readonly storage: Storage }

/** Opens a hub for seeding and creates it (see above). Throws what storage throws. */
export async function fillHub(connection: Connection, name: string, options: FillOptions = {}): Promise<FilledHub> {
  const own = namesOf(name)
  const prefix = options.trackingStorePrefix
  const names = prefix === undefined ? own : { ...own, instances: `${prefix}Instances`, history: `${prefix}History` }
  const hub: Hub = {
    storage: openStorage(connection),
    names,
    partitionCount: options.partitionCount ?? 4,
    encoding: options.encoding ?? 'base64',
  }
  if (options.parts === undefined || options.parts === 'all') await provision(hub)
  const taskHubName = options.taskHubName === false ? undefined : (options.taskHubName ?? name)
  const messages = seedMessages(hub)
  return {
    names,
    storage: hub.storage,
    ...messages,
    ...seedInstances({ hub, taskHubName, messages }),
    ...seedLeases(hub),
  }
}
