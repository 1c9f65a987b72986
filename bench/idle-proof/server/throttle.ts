/** Refuses what comes beyond so many requests in any second, as the service does beyond an account's targets. */
export type ThrottleOptions = {
  readonly requestsPerSecond: number
  readonly status: 503 | 429
  readonly retryAfterSeconds: number
}

export class Throttle {
  private readonly options: ThrottleOptions
  private readonly served: number[] = []

  constructor(options: ThrottleOptions) {
    this.options = options
  }

  /** Undefined where the request may pass, else the answer to it. `now` in milliseconds. */
  refusal(now: number): { readonly status: 503 | 429; readonly retryAfterSeconds: number } | undefined {
    const { requestsPerSecond, status, retryAfterSeconds } = this.options
    while (this.served[0] !== undefined && this.served[0] <= now - 1000) this.served.shift()
    if (this.served.length >= requestsPerSecond) return { status, retryAfterSeconds }
    this.served.push(now)
    return undefined
  }
}
