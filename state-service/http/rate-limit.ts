import type { Clock } from '../../core/ports.ts'

/** `perSecond` go on for ever; `burst` at once. */
export type Rate = { readonly perSecond: number; readonly burst: number }

type Bucket = { tokens: number; at: number }

/** Token buckets by key; those not used for longest give way where there are more than `mostBuckets`. */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'now'>
  readonly #mostBuckets: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, clock: Pick<Clock, 'now'>, mostBuckets = 10_000) {
    this.#rate = rate
    this.#clock = clock
    this.#mostBuckets = mostBuckets
  }

  /** 0 = taken; else how many milliseconds until there is one to take. */
  take(key: string): number {
    const bucket = this.#bucket(key)
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / this.#rate.perSecond)
    bucket.tokens -= 1
    return 0
  }

  /** What was taken together with the last one: it may leave a debt, so that a batch of any size passes once. */
  charge(key: string, more: number): void {
    this.#bucket(key).tokens -= more
  }

  #bucket(key: string): Bucket {
    const now = this.#clock.now().getTime()
    const known = this.#buckets.get(key)
    const bucket = known ?? { tokens: this.#rate.burst, at: now }
    const grown = (Math.max(0, now - bucket.at) * this.#rate.perSecond) / 1000
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + grown)
    bucket.at = now
    // Entered anew, the keys are in the order of their last use.
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > this.#mostBuckets && oldest !== undefined) this.#buckets.delete(oldest)
    return bucket
  }
}

/** One bucket for whoever has a whole network of addresses: the first 64 bits of an IPv6 address, and an IPv4 one as it is. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address.slice(0, 64)
  const [head = '', tail] = address.toLowerCase().slice(0, 64).split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')]
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '') || '0')
    .join(':')
}
