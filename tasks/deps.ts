import type { Azure } from '../core/azure-port.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { RunIdentity } from '../core/record/record.ts'

/** What every story is told: Azure, time, where to talk, and who runs. */
export type Deps = {
  readonly azure: Azure
  readonly clock: Clock
  readonly log: Log
  readonly run: RunIdentity
}
