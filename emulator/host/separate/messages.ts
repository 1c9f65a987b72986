// What a host in a thread of its own and the platform tell each other.
import type { FunctionInfo, HostKeys, HostOptions, HostResponse } from '../types.ts'

export type Home = Pick<HostOptions, 'siteName' | 'slotName' | 'hostName' | 'keys'>

/** A request with what can be copied from thread to thread. */
export type CarriedRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type StartMessage = Pick<HostOptions, 'settings' | 'contentDir' | 'caPem' | 'leaseSeconds'> & {
  readonly home: Home
}

export type ToHost =
  | {
      readonly kind: 'handle'
      readonly id: number
      readonly request: CarriedRequest
      readonly caller: 'public' | 'arm'
      /** As it is at this moment: the process may have moved to another slot. */
      readonly home: Home
    }
  | { readonly kind: 'stop' }
  | { readonly kind: 'token'; readonly id: number; readonly token?: string; readonly error?: string }

export type FromHost =
  | { readonly kind: 'ready'; readonly functions: readonly FunctionInfo[] }
  | {
      readonly kind: 'answer'
      readonly id: number
      readonly functions: readonly FunctionInfo[]
      readonly response?: Omit<HostResponse, 'body'> & { readonly body?: string | Uint8Array }
      readonly error?: string
    }
  | { readonly kind: 'systemKey'; readonly name: string; readonly value: HostKeys['system'][string] }
  | { readonly kind: 'token'; readonly id: number }
  | { readonly kind: 'log'; readonly line: string }
  /** Nothing of the app runs any more. */
  | { readonly kind: 'quiet' }
