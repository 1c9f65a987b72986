// What goes wrong is decided request by request, and every request is remembered, so that a case can be judged by what was asked.
import type { Azure } from '../../../emulator/azure.ts'
import type { Call, Reply } from '../../../emulator/http/call.ts'
import type { Fault } from '../../../emulator/http/faults.ts'
import { flightHeader } from './requests-under-way.ts'
import type { RequestsUnderWay } from './requests-under-way.ts'

export type Asked = {
  readonly kind: string
  readonly call: Call
  readonly struck: boolean
  /** That changes something if it has its effect; of requests that asked for a token or a list, never. */
  readonly mutates: boolean
  /** Set once it is there: the answer of the service itself, whatever the client was told. */
  reply?: Reply
}

/** What becomes of a request; undefined: nothing bad. */
export type Decide = (call: Call, kind: string) => Pick<Fault, 'action' | 'when'> | undefined

/** Names a request by what is asked and not by its ids, so that the same question has the same name in each run. */
export type NameOf = (call: Call) => string

const reads = /\/(appsettings\/list|listkeys|connectionstrings\/list|slotsdiffs)(\?|$)/i

/** Sits in the emulator's own switchboard from its construction on. */
export class Switchboard {
  readonly asked: Asked[] = []
  decide: Decide | undefined

  constructor(azure: Azure, requests: RequestsUnderWay, nameOf: NameOf) {
    azure.faults.meet = (call: Call): Fault | undefined => {
      const kind = nameOf(call)
      const fault = this.decide?.(call, kind)
      const isLocal = call.headers['user-agent'] === 'SiteWarmup'
      const entry: Asked = { kind, call, struck: fault !== undefined, mutates: mutates(call) }
      if (!isLocal) this.asked.push(entry)
      if (fault?.action.kind === 'stall') requests.stalled(call.headers[flightHeader])
      return fault && { ...fault }
    }
  }

  clear(): void {
    this.asked.length = 0
    this.decide = undefined
  }
}

function mutates({ service, method, target }: Call): boolean {
  if (service === 'entra' || service === 'identity' || service === 'devops') return false
  return method !== 'GET' && method !== 'HEAD' && !reads.test(target)
}
