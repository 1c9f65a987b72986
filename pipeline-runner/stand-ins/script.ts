import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { taskEnvironment } from '../agent/environment.ts'
import type { Execute } from '../agent/handler.ts'
import { workingFolder } from '../agent/handler.ts'
import { runProcess } from '../agent/task-process.ts'
import type { StandIn } from './stand-in.ts'
import { standInDefinition } from './stand-in.ts'

/** What a task library takes out of the environment before a script is started: inputs, secrets and connections. */
const notForScripts = /^(INPUT|SECRET|ENDPOINT|VSTS)_/

/** Runs the input `script` in a shell, as CmdLine@2 and Bash@3 do on Linux: from a file, in the sources folder. */
const runScript: Execute = async ({ job, inputs, env, signal, done, onLine }) => {
  const file = join(job.folders.temp, `${randomUUID()}.sh`)
  writeFileSync(file, inputs.values['script'] ?? '')
  const environment = Object.entries(taskEnvironment(job, { inputs: {}, connections: [], env }))
  const exit = await runProcess({
    ...{ command: 'bash', args: ['--noprofile', '--norc', file], cwd: workingFolder(job) },
    env: Object.fromEntries(environment.filter(([name]) => !notForScripts.test(name))),
    ...{ signal, abandon: done, patience: job.patience, onLine },
  })
  if (exit.exitCode === 0 || exit.exitCode === undefined) return exit
  onLine(`##vso[task.complete result=Failed;]The script ended with exit code ${exit.exitCode}.`)
  return { ...exit, exitCode: 0 }
}

/** `script:` and `bash:` steps and the task CmdLine@2. */
export const script: StandIn = {
  definition: standInDefinition('CmdLine', 2, [{ name: 'script', type: 'multiLine', defaultValue: '' }]),
  execute: runScript,
  notice: '',
  withoutEffect: [],
}
