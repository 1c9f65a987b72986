import type { DurableClient } from '../durable/client.ts'

/** What the starters of an app without durable functions get: every use of it throws. */
export const absentClient = new Proxy({} as DurableClient, {
  get() {
    throw new Error('There is no durable client: the app has no durable function.')
  },
})
