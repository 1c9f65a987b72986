// A plain HTTPS request that trusts the emulator's authority.
import { request as httpsRequest } from 'node:https'
import type { Azure } from '../../../emulator/azure.ts'

export type Answer = {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}
export type Ask = {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  readonly cert?: { readonly cert: string; readonly key: string }
}

export function ask(
  azure: Azure,
  url: string,
  { method = 'GET', headers = {}, body, cert }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { method, headers, ca: azure.caPem, agent: false, ...cert }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** An ARM request with a token of the subscription's contributor. */
export function askArm(azure: Azure, token: string, path: string, options: Ask = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...options.headers }
  const url = `${azure.armUrl}subscriptions/${azure.subscriptionId}${path}`
  return ask(azure, `${url}${url.includes('?') ? '&' : '?'}api-version=2025-05-01`, { ...options, headers })
}
