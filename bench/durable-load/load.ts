import { Agent, request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'

export type Load = {
  /** Where starts go; the address of production, whoever serves it. */
  readonly hostName: string
  readonly caPem: string
  readonly seconds: number
  readonly rate: number
}

export type Start = {
  readonly id: string
  readonly sentAt: number
  readonly tookMs: number
  /** Set: it was accepted, by this version. */
  readonly version?: string
  /** The status of an answer that was none, or why there was none. */
  readonly refused?: string
}

const timeoutMs = 60_000
/** A client that has so many unanswered holds back. */
const mostOpen = 1_000

/** Asks for so many starts a second, whether those before were answered or not, and waits for all answers. */
export async function offer({ hostName, caPem, seconds, rate }: Load): Promise<readonly Start[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: caPem })
  const began = performance.now()
  const starts: Promise<Start>[] = []
  let open = 0
  for (let at = 0; at < seconds * rate; at++) {
    const early = began + (at * 1000) / rate - performance.now()
    if (early > 1) await delay(early)
    while (open >= mostOpen) await delay(5)
    open++
    const one = start(`start-${String(at).padStart(6, '0')}`, { hostName, agent, began })
    starts.push(one.finally(() => open--))
  }
  const all = await Promise.all(starts)
  agent.destroy()
  return all
}

async function start(id: string, to: { hostName: string; agent: Agent; began: number }): Promise<Start> {
  const sent = performance.now()
  const answer = await post(id, to)
  return { id, sentAt: sent - to.began, tookMs: performance.now() - sent, ...answer }
}

function post(
  id: string,
  { hostName, agent }: { hostName: string; agent: Agent },
): Promise<Pick<Start, 'version' | 'refused'>> {
  return new Promise((resolve) => {
    const url = `https://${hostName}/api/start/${id}`
    const sent = request(url, { method: 'POST', agent, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', (error) => resolve({ refused: error.message }))
      response.once('end', () => resolve(readAnswer(response.statusCode, Buffer.concat(chunks).toString())))
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer')))
    sent.once('error', (error) => resolve({ refused: error.message }))
    sent.end()
  })
}

function readAnswer(status: number | undefined, body: string): Pick<Start, 'version' | 'refused'> {
  if (status !== 202) return { refused: `status ${status ?? 0}` }
  const { version } = JSON.parse(body) as { version: string }
  return { version }
}
