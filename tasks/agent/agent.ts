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
  /** What the execution of this step kept for the end of the job; undefined where it kept nothing under this name. */
  kept(name: string): string | undefined
  /** Keeps a text, which is no secret, for this step at the end of the job; no other step sees it. */
  keep(name: string, text: string): void
  /** Registers a secret, each line of it too, before anything else is done with it. Empty text is ignored. */
  secret(text: string): void
  /** The service connection that the input names. Throws `Refusal` where it cannot be used. */
  connection(inputName: string): ServiceConnection
  /** The agent's proxy and certificates. Throws `Refusal` where they cannot be used. */
  transport(): Transport
}
