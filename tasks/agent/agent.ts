import type { Transport } from '../../core/azure/http/transport.ts'
import type { Log } from '../../core/ports.ts'
import type { ServiceConnection } from './connection.ts'

/** The agent that runs a task, as far as a task needs it. */
export interface Agent {
  readonly log: Log
  /** The input's text as it was given; undefined where it was not given or is empty. */
  input(name: string): string | undefined
  /** A pipeline variable by its full name, such as `Build.BuildId`. */
  variable(name: string): string | undefined
  /** Registers a secret, each line of it too, before anything else is done with it. Empty text is ignored. */
  secret(text: string): void
  /** The service connection that the input names. Throws `Refusal` where it cannot be used. */
  connection(inputName: string): ServiceConnection
  /** The agent's proxy and certificates. Throws `Refusal` where they cannot be used. */
  transport(): Transport
}
