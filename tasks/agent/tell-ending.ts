import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import tl from 'azure-pipelines-task-lib/task.js'

import type { Report } from '../../core/report/report.ts'
import type { AzureAgent } from './azure-agent.ts'
import type { Ending } from './ending.ts'

const results = {
  succeeded: tl.TaskResult.Succeeded,
  succeededWithIssues: tl.TaskResult.SucceededWithIssues,
  failed: tl.TaskResult.Failed,
}

/** Tells the agent how the task ended: outputs and summary first, the one result last. */
export function tellEnding(ending: Ending, agent: AzureAgent, title: string): void {
  if (ending.debug !== undefined) tl.debug(agent.printable(ending.debug))
  if (ending.report) {
    tellVariables(ending.report, agent)
    attachSummary(ending.report.summary, agent, title)
  }
  tl.setResult(results[ending.result], agent.printable(ending.message))
}

function tellVariables(report: Report, agent: AzureAgent): void {
  for (const [name, value] of Object.entries(report.outputs)) tl.setVariable(name, agent.printable(value), false, true)
  for (const [name, value] of Object.entries(report.variables ?? {})) tl.setVariable(name, agent.printable(value))
}

/** The long form of `task.uploadsummary`, which would name the section after the file. */
function attachSummary(markdown: string, agent: AzureAgent, title: string): void {
  const folder = agent.variable('Agent.TempDirectory')
  if (markdown === '' || folder === undefined) return
  const path = join(folder, `summary-${randomUUID()}.md`)
  try {
    writeFileSync(path, agent.printable(markdown))
  } catch (error) {
    // A summary that cannot be written must not turn a deployment's result around.
    agent.log.warn(
      `The summary of this step could not be written to '${path}' (${error instanceof Error ? error.message : 'unknown error'}).`,
    )
    return
  }
  // The agent refuses characters that no file name may have (TaskCommandExtension.cs).
  const name = title.replace(/[^A-Za-z0-9 ()._-]/g, ' ').trim()
  tl.command('task.addattachment', { type: 'Distributedtask.Core.Summary', name }, path)
}
