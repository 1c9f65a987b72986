import { setTimeout as delay } from 'node:timers/promises'

import { HttpsClient } from '../pipeline-runner/stand-ins/https-call.ts'
import type { Cast } from './cast.ts'

/** Customers: they order at production's public address, whichever version answers there. */
export class Traffic {
  /** Ids of the orchestrations that the app said it had started. */
  readonly accepted: string[] = []
  /** Orders that got no 202; a customer would try again. */
  refused = 0
  private readonly cast: Cast
  private readonly client: HttpsClient
  private number = 0

  constructor(cast: Cast, signal: AbortSignal) {
    this.cast = cast
    this.client = new HttpsClient(cast.azure.caFile, signal)
  }

  /** Places orders until the signal, about three a second. */
  async flow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.order(1 + (this.number % 3))
      await delay(350, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Places one order that takes about this long, and returns its id; undefined when it was not accepted. */
  async order(pauseSeconds: number): Promise<string | undefined> {
    const url = `https://${this.cast.app.slot().hostName}/api/orders`
    const body = JSON.stringify({ order: ++this.number, pauseSeconds })
    const headers = { 'content-type': 'application/json' }
    const reply = await this.client.send({ method: 'POST', url, body, headers }).catch(() => undefined)
    const id = reply?.status === 202 ? (JSON.parse(reply.text) as { id: string }).id : undefined
    if (id === undefined) this.refused++
    else this.accepted.push(id)
    return id
  }
}
