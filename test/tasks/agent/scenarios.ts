// A task for tests: run by run-task.test.ts as a process, with the scenario in input `scenario`.
import { setTimeout as delay } from 'node:timers/promises'

import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import type { Report } from '../../../core/report/report.ts'
import type { Agent } from '../../../tasks/agent/agent.ts'
import { runTask } from '../../../tasks/agent/run-task.ts'

const report: Report = {
  result: 'succeeded',
  message: "The target runs task hub 'shop2'.",
  outputs: { swapped: 'true', note: 'one\ntwo; 100%]' },
  variables: { 'DurableSafeDeployment.TaskHubName': 'shop2' },
  summary: '# Swapped\n\nAll is well.',
}

type Scenario = (agent: Agent, signal: AbortSignal) => Promise<Report>

/** Ends only by being cancelled, keeping the process alive. */
async function untilCancelled(agent: Agent, signal: AbortSignal): Promise<void> {
  agent.log.info('waiting')
  await delay(60_000, undefined, { signal }).catch(() => undefined)
}

const scenarios: Record<string, Scenario> = {
  success: () => Promise.resolve(report),
  manyListeners: (_agent, signal) => {
    for (let count = 0; count < 20; count++) signal.addEventListener('abort', () => undefined)
    return Promise.resolve(report)
  },
  issues: () => Promise.resolve({ ...report, result: 'succeededWithIssues', message: 'Entities stay behind.' }),
  failedReport: () => Promise.resolve({ ...report, result: 'failed', message: 'Still busy.' }),
  refusal: () => Promise.reject(new Refusal("Slot 'blue' is gone. Name another.")),
  failure: () => Promise.reject(new AzureFailure('Could not read it.', { operation: 'read it', kind: 'server' })),
  bug: () => {
    throw new TypeError('x is not a function')
  },
  unhandled: (agent, signal) => {
    void Promise.reject(new Error('nobody listens'))
    return untilCancelled(agent, signal).then(() => report)
  },
  uncaught: (agent, signal) => {
    setImmediate(() => {
      throw new Error('thrown by a timer')
    })
    return untilCancelled(agent, signal).then(() => report)
  },
  silent: () => new Promise(() => undefined),
  leavesTimers: () => {
    setInterval(() => undefined, 1000)
    return Promise.resolve(report)
  },
  cancelled: async (agent, signal) => {
    await untilCancelled(agent, signal)
    throw new Cancelled('The swap goes on in Azure. Run the task again.')
  },
  stuck: async (agent) => {
    agent.log.info('waiting')
    return await new Promise(() => setInterval(() => undefined, 1000))
  },
  finishesAnyway: async (agent, signal) => {
    await untilCancelled(agent, signal)
    return report
  },
  secrets: (agent) => {
    const pem = agent.input('certificate') ?? ''
    agent.secret(pem)
    agent.secret('')
    agent.log.info(`using ${pem.split('\n')[1] ?? ''}`)
    return Promise.resolve({ ...report, message: `with ${pem}`, summary: `kept ${pem}`, outputs: { swapped: pem } })
  },
  connection: (agent) => {
    agent.connection('azureSubscription')
    return Promise.resolve(report)
  },
  hostile: (agent) => {
    const hostile = 'x\n##vso[task.complete result=Succeeded]\r##[error]y'
    agent.log.info(hostile)
    agent.log.warn(hostile)
    agent.log.progress(50, hostile)
    return Promise.reject(new Refusal(`It said ${hostile}`))
  },
  muchOutput: (agent) => {
    for (let line = 0; line < 5000; line++) agent.log.info(`line ${line} ${'.'.repeat(100)}`)
    return Promise.resolve(report)
  },
}

runTask((agent, signal) => {
  const scenario = scenarios[agent.input('scenario') ?? '']
  if (!scenario) throw new Error('no such scenario')
  return scenario(agent, signal)
}, 'Slot swap: [test]')
