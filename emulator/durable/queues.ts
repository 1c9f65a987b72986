import { gzipSync, gunzipSync } from 'node:zlib'
import type { QueueClient } from '@azure/storage-queue'
import { escapeKey, partitionOf } from './names.ts'
import type { HubNames } from './names.ts'
import { decodeMessage, encodeMessage, encodeReference } from './message.ts'
import type { HubMessage } from './message.ts'
import { tolerate } from './storage.ts'
import type { Storage } from './storage.ts'

/** `base64` is what libraries before 2.9 write, `utf8` the default of 2.9 (QueueClientMessageEncoding). */
export type Encoding = 'base64' | 'utf8'

export type Hub = {
  readonly storage: Storage
  readonly names: HubNames
  readonly partitionCount: number
  readonly encoding: Encoding
}

/** Above this a message goes to the `-largemessages` container (DT MessageManager.cs). */
const largestMessageBytes = 45 * 1024
const forever = -1
/** The longest a queue message may stay invisible; longer timers are split by the extension, not by the queue. */
const longestDelaySeconds = 7 * 24 * 3600

/** Who polls a queue in this process is told of a message at once; others find it at their next poll. */
const listeners = new Map<string, Set<() => void>>()

export function onMessage(queue: QueueClient, wake: () => void): () => void {
  const set = listeners.get(queue.url) ?? new Set()
  listeners.set(queue.url, set.add(wake))
  return () => {
    set.delete(wake)
    if (set.size === 0) listeners.delete(queue.url)
  }
}

/** Who polls the queue in this process asks it at once. */
export function announce(queue: QueueClient): void {
  for (const wake of listeners.get(queue.url) ?? []) wake()
}

/** Sends to the control queue of the instance the message is for. */
export async function sendToInstance(hub: Hub, message: HubMessage): Promise<void> {
  const partition = partitionOf(message.target.InstanceId, hub.partitionCount)
  await send(hub, hub.names.control(partition), message)
}

export async function sendActivity(hub: Hub, message: HubMessage): Promise<void> {
  await send(hub, hub.names.workItems, message)
}

/** Puts a message on a queue, invisible until due where the library would (DT Messaging/TaskHubQueue.cs:179-213). */
export async function send(hub: Hub, queueName: string, message: HubMessage): Promise<void> {
  const queue = hub.storage.queue(queueName)
  const delay = visibilityDelaySeconds(message)
  await queue.sendMessage(await bodyOf(hub, message), {
    messageTimeToLive: forever,
    ...(delay > 0 ? { visibilityTimeout: delay } : {}),
  })
  announce(queue)
  if (delay > 0) setTimeout(() => announce(queue), delay * 1000 + 20).unref()
}

/** A message's body: inline, or a reference to a gzip blob that is written first. */
export async function bodyOf(hub: Hub, message: HubMessage): Promise<string> {
  const text = encodeMessage(message)
  if (Buffer.byteLength(text) <= largestMessageBytes) return encoded(hub, text)
  const blob = `${escapeKey(message.target.InstanceId)}/message-${crypto.randomUUID().replaceAll('-', '')}-${message.event.EventType}.json.gz`
  await putLarge(hub, blob, text)
  return encoded(hub, encodeReference(blob))
}

function encoded(hub: Hub, text: string): string {
  return hub.encoding === 'base64' ? Buffer.from(text, 'utf8').toString('base64') : text
}

/** Whole seconds, rounded up: a queue knows no less, and a timer must not fire early. */
export function visibilityDelaySeconds(message: HubMessage): number {
  const due = dueTime(message)
  if (!due) return 0
  return Math.min(longestDelaySeconds, Math.max(0, Math.ceil((due.getTime() - Date.now()) / 1000)))
}

function dueTime({ event, target }: HubMessage): Date | undefined {
  if (event.EventType === 'TimerFired') return event.FireAt
  if (event.EventType === 'ExecutionStarted') return event.ScheduledStartTime
  // A delayed signal carries its time in the event's name (DT Core/Common/Entities.cs IsDelayedEntityMessage).
  if (event.EventType === 'EventRaised' && target.InstanceId.startsWith('@') && event.Name?.startsWith('op@')) {
    return new Date(event.Name.slice(3))
  }
  return undefined
}

/** Reads a message body, following a reference into the `-largemessages` container. */
export async function readMessage(hub: Hub, body: string): Promise<HubMessage> {
  const found = decodeMessage(body)
  if (!('blob' in found)) return found
  const whole = decodeMessage(await getLarge(hub, found.blob))
  if ('blob' in whole) throw new Error(`Blob '${found.blob}' refers to another blob.`)
  return whole
}

/** The container comes into being with the first large payload (DT MessageManager.cs:83). */
export async function putLarge(hub: Hub, blobName: string, text: string): Promise<void> {
  const container = hub.storage.blobs.getContainerClient(hub.names.largeMessages)
  await tolerate([409], container.create())
  const bytes = gzipSync(Buffer.from(text, 'utf8'))
  await container.getBlockBlobClient(blobName).upload(bytes, bytes.length)
}

export async function getLarge(hub: Hub, blobName: string): Promise<string> {
  const container = hub.storage.blobs.getContainerClient(hub.names.largeMessages)
  return gunzipSync(await container.getBlobClient(blobName).downloadToBuffer()).toString('utf8')
}

/** The address of a payload's blob, which is what the Instances table holds of a large input or output. */
export function largeUrl(hub: Hub, blobName: string): string {
  return hub.storage.blobs.getContainerClient(hub.names.largeMessages).getBlobClient(blobName).url
}
