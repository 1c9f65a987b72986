import { Agent } from 'node:https'
import axios from 'axios'

/**
 * Where no document says what the server does, each reading is a variant, and the gate must hold under all of them:
 * how header names are spelled to expressions, and what a body that is not JSON is to them.
 */
export type Engine = { readonly headerNames: 'asSent' | 'lower' | 'title'; readonly notJson: 'error' | 'text' }

export type ServerAnswer = { readonly status: number; readonly headers: object; readonly text: string }

/** One request of a server task: whatever its status, with redirects followed as .NET's HttpClient does. */
export async function ask(
  { url, method, headers }: { readonly url: string; readonly method: string; readonly headers: Record<string, string> },
  ca?: string,
): Promise<ServerAnswer> {
  const answer = await axios.request<string>({
    ...{ url, method, headers },
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: () => true,
    proxy: false,
    ...(ca === undefined ? {} : { httpsAgent: new Agent({ ca }) }),
    // ApiResponse must come within 60 s (azure-function-v2 reference).
    timeout: 60_000,
  })
  return { status: answer.status, headers: answer.headers, text: answer.data }
}

/** `$(name)` of an input or of `others`, whose names are lower case; a macro that means nothing stays as it is. */
export function expand(
  text: string,
  inputs: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): string {
  const values: Record<string, string> = { ...others }
  for (const [name, value] of Object.entries(inputs)) values[name.toLowerCase()] = value
  return text.replace(/\$\(([^)]+)\)/g, (macro, name: string) => values[name.toLowerCase()] ?? macro)
}

export function parseBody(text: string, notJson: Engine['notJson']): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (notJson === 'text') return text
    throw error
  }
}
