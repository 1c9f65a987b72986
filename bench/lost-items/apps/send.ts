// How all apps name a run and send an item.
import { Agent, request } from 'node:http'
import type { StarterContext } from '../../../emulator/host/content.ts'
import { place } from './place.ts'

const agent = new Agent({ keepAlive: true })

/** The occurrence of the timer that is run: the same number for each of its tries. */
export function runOf({ timer }: StarterContext): number {
  return Math.round(timer.due.getTime() / place.periodMs)
}

export async function tellBegin(run: number, { timer }: StarterContext): Promise<void> {
  await call('POST', `${run}/begin${timer.isPastDue ? '?late' : ''}`)
}

/** As to a queue: each send is a new message. */
export async function send(run: number, item: number): Promise<void> {
  await call('POST', `${run}/${item}`)
}

/** As a blob or a row with a condition: what is there already is left. */
export async function put(run: number, item: number): Promise<void> {
  await call('PUT', `${run}/${item}`)
}

function call(method: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = method === 'PUT' ? { 'if-none-match': '*' } : {}
    const url = `${place.receiver}/${place.version}/${path}`
    const sent = request(url, { method, agent, headers }, (response) => {
      response.resume()
      response.once('end', resolve)
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end()
  })
}
