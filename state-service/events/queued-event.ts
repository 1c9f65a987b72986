import { parseJson } from '../../core/json.ts'
import { readDelivery, type Delivery } from './event-grid.ts'

/**
 * One message of the queue that Event Grid delivers to. It holds one event, not a list of them (the queue of
 * dapr/components-contrib#232 shows one), in Base64 (MicrosoftDocs/azure-docs#102923); formerly it was plain text, as Event
 * Grid's quickstart for queues said. The Functions host is told to decode nothing (`messageEncoding` in host.json), and both
 * are taken: where the host decodes, it puts what is no Base64 aside unseen. The Functions library has parsed what is JSON
 * (fromRpcTypedData.ts).
 */
export function readQueued(message: unknown): Delivery {
  const value = typeof message === 'string' ? parsed(message) : message
  return readDelivery(Array.isArray(value) ? value : [value])
}

function parsed(text: string): unknown {
  const base64 = text.trim()
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return parseJson(text)
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
