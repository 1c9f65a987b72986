// The seam between the platform (ARM, listeners, swap) and the Functions host that runs in each slot.

export type HostRequest = {
  readonly method: string
  /** Starts with a slash, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type HostResponse = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export type HostKeys = {
  readonly master: string
  readonly system: Record<string, string>
  readonly functions: Record<string, string>
}

export type HostOptions = {
  // siteName to keys are read on use, never copied: the host process moves to the other slot in a swap, while names and
  // keys stay with the slot (durable host ids are per slot).
  readonly siteName: string
  /** `production` for the app itself. */
  readonly slotName: string
  readonly settings: Readonly<Record<string, string>>
  /** Where the deployed files are; undefined: nothing was deployed yet. */
  readonly contentDir: string | undefined
  /** The slot's public name, with the port. */
  readonly hostName: string
  readonly keys: HostKeys
  /** A token of the app's own identity for https://storage.azure.com (identity-based connections). */
  storageToken(): Promise<string>
  /** The authority that signed the certificate of storage reached with tokens (PEM). */
  readonly caPem?: string
  /** How long the durable worker's partition leases live. */
  readonly leaseSeconds?: number
  log?(line: string): void
}

export type FunctionInfo = { readonly name: string; readonly triggerType: string; readonly disabled: boolean }

export type Host = {
  readonly ready: Promise<void>
  functions(): FunctionInfo[]
  /** `arm`: forwarded by ARM hostruntime, that is with the host's admin rights. */
  handle(request: HostRequest, caller: 'public' | 'arm'): Promise<HostResponse>
  /** Abrupt, as a restart is: what ran is cut off. */
  stop(): Promise<void>
}

export type StartHost = (options: HostOptions) => Host
