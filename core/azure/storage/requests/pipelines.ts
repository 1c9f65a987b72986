// How the SDK clients are built so that each answer is checked and nothing is repeated behind our back.
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import type { TableServiceClientOptions } from '@azure/data-tables'
import type { TokenCredential } from '@azure/identity'
import * as blob from '@azure/storage-blob'
import * as queue from '@azure/storage-queue'
import { agentFor, sdkClientOptions, type Transport } from '../../http/transport.ts'
import { checkAnswer, type Service } from './answer.ts'

/** What opens an account. */
export type Secret =
  | { readonly kind: 'key'; readonly name: string; readonly key: string }
  | { readonly kind: 'sas'; readonly sas: string }
  | { readonly kind: 'identity'; readonly credential: TokenCredential }

/** Sees the headers of every answer. */
export type Watch = (header: (name: string) => string | undefined) => void

export function tableOptions(url: string, transport: Transport, watch: Watch): TableServiceClientOptions {
  return {
    ...sdkClientOptions(transport),
    allowInsecureConnection: isPlain(url),
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy: checking(watch), position: 'perRetry' }],
  }
}

export function queuePipeline(url: string, secret: Secret, transport: Transport, watch: Watch): queue.Pipeline {
  const credential =
    secret.kind === 'key' ? new queue.StorageSharedKeyCredential(secret.name, secret.key) : tokenOf(secret)
  const pipeline = queue.newPipeline(credential ?? new queue.AnonymousCredential(), options(url, transport))
  pipeline.factories.push(new Checking('queue', watch))
  return bounded(pipeline, transport)
}

export function blobPipeline(url: string, secret: Secret, transport: Transport, watch: Watch): blob.Pipeline {
  const credential =
    secret.kind === 'key' ? new blob.StorageSharedKeyCredential(secret.name, secret.key) : tokenOf(secret)
  const pipeline = blob.newPipeline(credential ?? new blob.AnonymousCredential(), options(url, transport))
  pipeline.factories.push(new Checking('blob', watch))
  return bounded(pipeline, transport)
}

/**
 * The client that does not read an answer without end. The pipeline takes one only in the form of former SDKs, and keeps its
 * own in this field, where it looks first (storage-blob and storage-queue Pipeline.js, getCoreClientOptions).
 */
function bounded<P extends object>(pipeline: P, transport: Transport): P {
  return Object.assign(pipeline, { _coreHttpClient: sdkClientOptions(transport).httpClient })
}

function tokenOf(secret: Secret) {
  return secret.kind === 'identity' ? secret.credential : undefined
}

/** `agent` and `redirectOptions` are core options that the storage clients hand on although their type does not name them. */
function options(url: string, transport: Transport): queue.StoragePipelineOptions & blob.StoragePipelineOptions {
  const all = {
    agent: agentFor(transport, url),
    redirectOptions: { maxRetries: 0 },
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: transport.userAgent },
  }
  return all
}

function isPlain(url: string): boolean {
  return new URL(url).protocol === 'http:'
}

function checking(watch: Watch): PipelinePolicy {
  return {
    name: 'checkAnswer',
    async sendRequest(request, next) {
      const answer = await next(request)
      const header = (name: string) => answer.headers.get(name)
      watch(header)
      // A 401 goes back to the policy that signs in: it may hold the challenge to answer.
      if (answer.status !== 401) {
        const { method, url } = request
        const { status, bodyAsText: body } = answer
        checkAnswer({ service: 'table', method, url, status, header, ...(body == null ? {} : { body }) })
      }
      return answer
    },
  }
}

/**
 * The same for the storage clients, in the form of policy that they take. `additionalPolicies` will not do: QueueClient
 * adds them twice to its pipeline, which then refuses to work. Here errors have been thrown as RestError before.
 */
class Checking implements queue.RequestPolicyFactory {
  private readonly service: Service
  private readonly watch: Watch

  constructor(service: Service, watch: Watch) {
    this.service = service
    this.watch = watch
  }

  create(next: queue.RequestPolicy): queue.RequestPolicy {
    return {
      sendRequest: async (request) => {
        const answer = await next.sendRequest(request)
        const header = (name: string) => answer.headers.get(name)
        this.watch(header)
        const { status, bodyAsText: body } = answer
        const { method, url } = request
        checkAnswer({ service: this.service, method, url, status, header, ...(body == null ? {} : { body }) })
        return answer
      },
    }
  }
}
