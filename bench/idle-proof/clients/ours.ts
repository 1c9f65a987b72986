// One look of this project: the rows, and the queues that the listings leave out.
import { lookOf } from './open-hub.ts'
import { report } from './report.ts'

await report(async (job) => {
  const { verdict, because } = await lookOf(job)(new AbortController().signal)
  return { verdict, because }
})
