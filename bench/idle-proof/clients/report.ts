/** What a client is told: JSON, its one argument. */
export type Job = { readonly connectionString: string; readonly hub: string; readonly polls?: number }

/** What it tells when it is done: one line of JSON on standard output. */
export type Told = {
  readonly verdict: string
  /** From before the first request until the verdict, in milliseconds. */
  readonly wallMs: number
  /** User and system time of the whole process, in milliseconds. */
  readonly processorMs: number
  /** The most memory the process ever had, in megabytes. */
  readonly memoryMb: number
  readonly because?: string
  readonly looks?: number
}

export type Answer = Pick<Told, 'verdict' | 'because' | 'looks'>

/** Does the job and reports it. */
export async function report(act: (job: Job) => Promise<Answer>): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as Job
  const started = performance.now()
  const answer = await act(job)
  const wallMs = performance.now() - started
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const told: Told = { ...answer, wallMs, processorMs: (userCPUTime + systemCPUTime) / 1000, memoryMb: maxRSS / 1024 }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
