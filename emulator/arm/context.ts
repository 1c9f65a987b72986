// What every ARM handler gets.
import type { FunctionApp } from '../function-app/function-app.ts'
import type { Slot } from '../function-app/slot.ts'
import type { Call, Reply } from '../http/call.ts'
import type { Identity } from './authorize.ts'
import type { Place } from './resources.ts'

export type ArmOptions = Identity & {
  readonly place: Place
  readonly apps: readonly FunctionApp[]
  /** Items a page of the list of sites; absent: all on one. */
  readonly pageSize: () => number | undefined
  readonly retryAfterSeconds: () => number
}

/** A request that is about one slot (the app itself is `production`). */
export type SlotCall = {
  readonly call: Call
  readonly app: FunctionApp
  readonly slot: Slot
  /** What the regular expression of the route caught. */
  readonly rest: string
  readonly options: ArmOptions
}

export type SlotHandler = (request: SlotCall) => Reply | Promise<Reply>
