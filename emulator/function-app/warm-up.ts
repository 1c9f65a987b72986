// The ping that decides whether a swap goes on. learn.microsoft.com/azure/app-service/deploy-staging-slots, "What happens
// during a swap": any HTTP response counts unless WEBSITE_SWAP_WARMUP_PING_STATUSES is set.
import { request } from 'node:https'
import type { Slot } from './slot.ts'

export type WarmUpOptions = {
  readonly caPem: string
  readonly attempts: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** True once the slot has answered; false when all attempts went without an answer that counts. */
export async function warmUp(slot: Slot, options: WarmUpOptions): Promise<boolean> {
  const path = slot.settings['WEBSITE_SWAP_WARMUP_PING_PATH'] ?? '/'
  const statuses = slot.settings['WEBSITE_SWAP_WARMUP_PING_STATUSES']?.split(',').map((status) => Number(status.trim()))
  for (let attempt = 0; attempt < options.attempts && !options.signal.aborted; attempt += 1) {
    const status = await ping(slot, path, options)
    if (status !== undefined && (statuses?.includes(status) ?? true)) return true
  }
  return false
}

/** Through the slot's own listener, so that the switchboard and the request log see it. */
function ping(slot: Slot, path: string, { caPem, timeoutMs, signal }: WarmUpOptions): Promise<number | undefined> {
  return new Promise((resolve) => {
    const [host = 'localhost', port = '443'] = slot.hostName.split(':')
    const sent = request(
      {
        host: '127.0.0.1',
        servername: host,
        port,
        path: path.startsWith('/') ? path : `/${path}`,
        ca: caPem,
        agent: false,
        headers: { host: slot.hostName, 'user-agent': 'SiteWarmup' },
        signal,
      },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    // Not AbortSignal.any with AbortSignal.timeout: Node 20 may collect the pair before it fires, and the swap would never end.
    const patience = setTimeout(() => sent.destroy(), timeoutMs)
    sent.once('close', () => {
      clearTimeout(patience)
      resolve(undefined)
    })
    sent.once('error', () => resolve(undefined))
    sent.end()
  })
}
