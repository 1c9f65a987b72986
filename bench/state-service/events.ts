import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../core/azure/clock.ts'
import { referenceFromConnectionString } from '../../core/function-app/storage-reference.ts'
import { readHints } from '../../state-service/documents/hints-document.ts'
import { openTableDocuments } from '../../state-service/documents/store-table.ts'
import type { Stage } from './stage.ts'

export type Load = {
  readonly hubs: readonly string[]
  readonly perPost: number
  readonly rate: number
  readonly seconds: number
}

export type Taken = {
  readonly offered: number
  /** Events of posts that were answered 200. */
  readonly accepted: number
  /** Other answers by status, and posts without one. */
  readonly refused: Readonly<Record<string, number>>
  /** What the service's storage says it has taken in. */
  readonly stored: number
  /** From the first post to the last answer. */
  readonly overMs: number
  readonly medianMs: number
  readonly p99Ms: number
}

const everyMs = 20
const statuses = ['Running', 'Completed'] as const

/** Posts events at a rate, whether those before were answered or not, and counts what was stored. */
export async function postEvents(stage: Stage, load: Load): Promise<Taken> {
  const { rate, seconds, perPost } = load
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  const refused: Record<string, number> = {}
  const took: number[] = []
  const posts: Promise<void>[] = []
  let accepted = 0
  let offered = 0
  const began = performance.now()
  const post = async () => {
    const body = JSON.stringify(Array.from({ length: perPost }, () => eventOf(load, offered++)))
    const sent = performance.now()
    const status = await send(stage, agent, body)
    took.push(performance.now() - sent)
    if (status === '200') accepted += perPost
    else refused[status] = (refused[status] ?? 0) + 1
  }
  for (let tick = 1; tick * everyMs <= seconds * 1000; tick++) {
    const due = Math.floor((tick * everyMs * rate) / 1000 / perPost) * perPost
    while (offered < due) posts.push(post())
    await delay(Math.max(0, began + tick * everyMs - performance.now()))
  }
  await Promise.all(posts)
  const overMs = performance.now() - began
  agent.destroy()
  took.sort((one, other) => one - other)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
  const stored = await storedEvents(stage, load.hubs)
  return { offered, accepted, refused, stored, overMs, medianMs: at(0.5), p99Ms: at(0.99) }
}

function eventOf({ hubs }: Load, at: number): object {
  const status = statuses[at % 2] ?? 'Running'
  const hubName = hubs[at % hubs.length] ?? ''
  const instanceId = `instance-${Math.floor(at / (2 * hubs.length))}`
  return {
    id: `${hubName}-${at}`,
    topic: '/subscriptions/bench',
    subject: `durable/orchestrator/${status}`,
    data: { hubName, functionName: 'Order', instanceId, reason: '', runtimeStatus: status },
    eventType: 'orchestratorEvent',
    eventTime: new Date().toISOString(),
    metadataVersion: '1',
    dataVersion: '1.0',
  }
}

async function send({ service, key }: Stage, agent: Agent, body: string): Promise<string> {
  return await new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-functions-key': key,
    }
    const call = request(`${service.url}/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      answer.once('close', () => resolve(String(answer.statusCode)))
    })
    call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'no answer'))
    call.end(body)
  })
}

async function storedEvents({ stateStorage }: Stage, hubs: readonly string[]): Promise<number> {
  const reference = referenceFromConnectionString(stateStorage)
  if (reference.kind !== 'connectionString') throw new Error('The connection string of the bench is none.')
  const transport = { userAgent: 'bench', proxyFor: () => undefined }
  const access = { transport, clock: systemClock, onSecret: () => undefined }
  const documents = openTableDocuments(reference, access, 'SafeDeploymentState')
  const { signal } = new AbortController()
  let sum = 0
  for (const hub of hubs) sum += (await readHints(documents, hub, signal)).events
  return sum
}
