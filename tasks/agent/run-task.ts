import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

import type { Report } from '../../core/report/report.ts'
import type { Agent } from './agent.ts'
import { AzureAgent } from './azure-agent.ts'
import { endingOfError, endingOfReport, endingOfSilentRun, endingOfStuckRun } from './ending.ts'
import type { Ending } from './ending.ts'
import { tellEnding } from './tell-ending.ts'

/** The agent sends SIGTERM 7.5 s after SIGINT (ProcessInvoker.cs), and the end must be told before that. */
const graceMs = 5000

/**
 * Runs a task: the one place that catches, listens for a cancel and tells the result. The process always ends with exit code
 * 0, since the agent takes any other for a broken machine (NodeHandler.cs), and always with exactly one result, since without
 * one it would count as succeeded.
 * `title` heads the task's section in the run's summary. `tellOtherwise` may have the last word on how it ends.
 */
export function runTask(
  body: (agent: Agent, signal: AbortSignal) => Promise<Report>,
  title = 'Durable Functions Safe Deployment',
  tellOtherwise: (ending: Ending, agent: Agent) => Ending = (ending) => ending,
): void {
  const agent = new AzureAgent()
  const cancel = new AbortController()
  // Every request that is under way listens, and Node would warn of more than ten.
  setMaxListeners(0, cancel.signal)
  let ended = false
  const end = (ending: Ending): void => {
    if (ended) return
    ended = true
    tellEnding(tellOtherwise(ending, agent), agent, title)
    void flushed().then(() => process.exit(0))
  }

  // task-lib's own listeners would tell a second result beside ours.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.removeAllListeners(event)
    process.on(event, (error: unknown) => end(endingOfError(error, cancel.signal.aborted)))
  }
  process.once('beforeExit', () => end(endingOfSilentRun))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(signal, () => {
      if (cancel.signal.aborted) return
      cancel.abort()
      setTimeout(() => end(endingOfStuckRun), graceMs)
    })
  }

  Promise.resolve()
    .then(() => body(agent, cancel.signal))
    .then((report) => end(endingOfReport(report, cancel.signal.aborted)))
    .catch((error: unknown) => end(endingOfError(error, cancel.signal.aborted)))
}

/** Standard output is a pipe, which is written to asynchronously on some platforms; what is lost is the result. */
async function flushed(): Promise<void> {
  const written = new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
  await Promise.race([written, delay(1000)])
}
