// The service as an Azure Functions app: what the host's triggers bring goes to the same service that the plain server carries.
import { readFileSync } from 'node:fs'
import type { HttpMethod, HttpRequest, HttpResponseInit } from '@azure/functions'
import { app } from '@azure/functions'

import { systemClock } from '../core/azure/clock.ts'
import { httpClient } from '../core/azure/http/client.ts'
import type { Transport } from '../core/azure/http/transport.ts'
import { AzureFailure, Cancelled, Refusal } from '../core/failures.ts'
import type { Log } from '../core/ports.ts'
import { neutralise, remoteText } from '../core/remote-text.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { connectService } from './connect.ts'
import type { ApiReply, HandleRequest } from './http/api.ts'
import { largestBody } from './http/api.ts'
import { authenticateWith } from './http/entra.ts'
import { problemReply, retryAfter } from './http/problem.ts'
import { madeOnce } from './made-once.ts'
import { readQueued } from './events/queued-event.ts'
import type { StateService } from './service.ts'

type Running = { readonly service: StateService; readonly handle: HandleRequest }

const retryStartMs = 10_000
/** App Service cuts a request off after 230 s (learn: functions-scale#timeout), and a caller may wait for 200. */
const answerMs = 225_000
/** Longer than a batch of events may take to be stored. */
const takeEventsMs = 30_000
/** Within `functionTimeout` of host.json. */
const reconcileMs = 9 * 60_000

// Lines, not the context of an invocation: proofs go on after the request that began them has its answer. The host takes
// standard output as information, and what warns on standard error as a warning (HOST WorkerProcess.cs:118-155,198-204).
const log: Log = {
  info: (line) => void process.stdout.write(`${neutralise(line)}\n`),
  warn: (line) => void process.stderr.write(`warning: ${neutralise(line)}\n`),
  progress: () => undefined,
}

/** One for all triggers of this process. Where it cannot be had the log says why, and it is tried again. */
const running = madeOnce(start, { clock: systemClock, retryAfterMs: retryStartMs })

async function start(): Promise<Running> {
  try {
    const transport: Transport = { userAgent: 'durable-functions-state-service', proxyFor: () => undefined }
    const config = readConfig(process.env)
    const connected = await connectService(config, { log, version: versionOf(), transport })
    const { service } = connected
    app.hook.appTerminate(() => connected.close())
    const authenticate = authenticateWith(config.access, { http: httpClient(transport), clock: systemClock })
    return { service, handle: createApp({ service, authenticate, clock: systemClock, log }) }
  } catch (error) {
    log.warn(`The state service could not start, and tries again. ${says(error)}`)
    throw error
  }
}

async function answer(request: HttpRequest): Promise<HttpResponseInit> {
  const signal = AbortSignal.timeout(answerMs)
  try {
    const { handle } = await orAborted(running(), signal)
    const { pathname, search } = new URL(request.url)
    return await handle(
      {
        method: request.method,
        url: pathname + search,
        headers: Object.fromEntries(request.headers),
        body: await readBody(request),
        address: addressOf(request.headers.get('x-forwarded-for')),
      },
      signal,
    )
  } catch (error) {
    return notStarted(error)
  }
}

/** Stops one chunk beyond what is ever taken. What the host itself takes is bounded by FUNCTIONS_REQUEST_BODY_SIZE_LIMIT. */
async function readBody({ body }: HttpRequest): Promise<Uint8Array | undefined> {
  if (!body) return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).length
    if (bytes > largestBody) break
  }
  return Buffer.concat(chunks).subarray(0, largestBody + 1)
}

/**
 * The front end of App Service adds who connected to it to the end; what stands before that is what the client sent. No page of
 * Azure says so, but Microsoft's own worker takes the last one (azure-functions-dotnet-worker FunctionsHostBuilderExtensions.cs:82-87,
 * which leaves ForwardLimit at 1; Azure/azure-functions-dotnet-worker#3111). Behind a proxy it is the proxy's. Nothing rests
 * on it but how many failed sign-ins are borne.
 */
function addressOf(forwardedFor: string | null): string {
  const last = forwardedFor?.split(',').at(-1)?.trim() ?? ''
  return last.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
}

/** Anybody may see this one, so that it says nothing but that. */
function notStarted(error: unknown): ApiReply {
  const detail = 'The service could not start, and tries again. Its log says why.'
  if (error instanceof AzureFailure || error instanceof Cancelled) {
    return problemReply({ code: 'storeFailed', detail, headers: retryAfter(retryStartMs) })
  }
  return problemReply({ code: 'failed', detail })
}

/** What fails goes back to its queue and is brought again: events may come twice. */
async function takeQueued(message: unknown): Promise<void> {
  const delivery = readQueued(message)
  if (delivery.kind !== 'events') {
    // Thrown it would only be brought again, as often as host.json says, and end in the poison queue all the same. It is no
    // loss that lost events are not.
    const because = delivery.kind === 'malformed' ? delivery.because : 'it validates a subscription'
    log.warn(`A message of the queue '${eventQueue}' was dropped, which is no event of Event Grid: ${because}.`)
    return
  }
  const { service } = await running()
  if (delivery.events.length > 0) await service.takeEvents(delivery.events, AbortSignal.timeout(takeEventsMs))
}

async function reconcile(): Promise<void> {
  const { service } = await running()
  await service.reconcile(AbortSignal.timeout(reconcileMs))
}

async function orAborted<Thing>(thing: Promise<Thing>, signal: AbortSignal): Promise<Thing> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Cancelled()), { once: true })
  })
  return await Promise.race([thing, aborted])
}

/** Of an error that is a bug only its kind: its message may quote what was being read. */
function says(error: unknown): string {
  if (error instanceof AzureFailure || error instanceof Refusal) return error.message
  return remoteText(error instanceof Error ? error.name : 'No reason was given.')
}

/** That of the package.json beside it; only a deployed one has a version. */
function versionOf(): string {
  const text = readFileSync(new URL('package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version?: string }).version ?? 'not packaged'
}

const eventQueue = 'lifecycle-events'
// Not TRACE and CONNECT, which the Functions library cannot read (a Request of fetch has none): the host answers those.
const methods: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

// The service authenticates every request itself. The host's own check of keys would shut out callers with a token of Entra ID,
// and would take a key in the address.
app.http('api', { route: 'v1/{*path}', methods, authLevel: 'anonymous', handler: answer })
// NCRONTAB, with seconds.
app.timer('reconcile', { schedule: '0 */5 * * * *', handler: reconcile })
// Event Grid writes to a queue, and the service reads it. There is no address at which events could be forged, no handshake that
// needs the service while it is being deployed, and what comes while the service is down waits.
app.storageQueue('events', { queueName: eventQueue, connection: 'StateStorage', handler: takeQueued })
