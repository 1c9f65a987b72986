// What a task does at the end of its job, for tests: run by end-of-job.test.ts, with the scenario in input `scenario`.
import { setTimeout as delay } from 'node:timers/promises'

import { Refusal } from '../../../core/failures.ts'
import type { EndOfJob } from '../../../tasks/agent/end-of-job.ts'
import { isEndOfJob, runEndOfJob } from '../../../tasks/agent/end-of-job.ts'
import { runTask } from '../../../tasks/agent/run-task.ts'

const scenarios: Record<string, EndOfJob['body']> = {
  says: (agent, job) => Promise.resolve(`The job is ${job}, kept is ${agent.kept('lock') ?? 'nothing'}.`),
  quiet: () => Promise.resolve(''),
  refusal: () => Promise.reject(new Refusal('The record is not JSON.')),
  bug: () => {
    throw new TypeError('x is not a function')
  },
  uncaught: (_agent, _job, signal) => {
    setImmediate(() => {
      throw new Error('thrown by a timer')
    })
    return delay(60_000, '', { signal })
  },
  silent: () => new Promise(() => undefined),
  stuck: async (agent) => {
    agent.log.info('waiting')
    return await new Promise(() => setInterval(() => undefined, 1000))
  },
}

if (isEndOfJob()) {
  runEndOfJob(
    {
      body: (agent, job, signal) => {
        const scenario = scenarios[agent.input('scenario') ?? '']
        if (!scenario) throw new Error('no such scenario')
        return scenario(agent, job, signal)
      },
      trouble: (why) => `The lock stays. ${why}`,
      ...(process.env['LIMIT_MS'] ? { limitsMs: limits(Number(process.env['LIMIT_MS'])) } : {}),
    },
    'End',
  )
} else {
  runTask((agent) => {
    agent.keep('lock', 'claim 7; [100%]')
    return Promise.resolve({ result: 'succeeded', message: 'Held.', outputs: {}, summary: '' })
  })
}

function limits(ms: number): NonNullable<EndOfJob['limitsMs']> {
  return { succeeded: ms, failed: ms, canceled: ms, unknown: ms }
}
