import { delimiter } from 'node:path'

import type { Variables } from '../variables.ts'
import type { Job } from './job.ts'
import type { ServiceConnection } from './service-connection.ts'
import { connectionEnvironment, environmentName, systemConnectionEnvironment } from './service-connection.ts'

/** What a process needs to run at all; nothing else of the runner's own environment reaches a task. */
const inherited = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ'],
  ...['SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA'],
]

type StepEnvironment = {
  readonly inputs: Readonly<Record<string, string>>
  readonly connections: readonly ServiceConnection[]
  /** The step's own `env:`, macros replaced. */
  readonly env: Readonly<Record<string, string>>
  readonly taskVariables?: Variables
}

/** The environment of one task, as azure-pipelines-agent Handler.cs builds it. */
export function taskEnvironment(job: Job, step: StepEnvironment): Record<string, string> {
  const env: Record<string, string> = { ...basics(), ...step.env }
  if (job.caFile !== undefined) env['NODE_EXTRA_CA_CERTS'] = job.caFile
  Object.assign(env, variableEnvironment(job))
  for (const [name, value] of Object.entries(step.inputs)) env[`INPUT_${environmentName(name)}`] = value
  for (const connection of step.connections) Object.assign(env, connectionEnvironment(connection))
  for (const { name, value } of step.taskVariables?.list() ?? []) {
    env[`VSTS_TASKVARIABLE_${environmentName(name)}`] = value // Secret ones too, Handler.cs.
  }
  const { accessToken } = job.system
  if (accessToken !== undefined) {
    const uri = job.variables.get('System.CollectionUri') ?? ''
    Object.assign(env, systemConnectionEnvironment(uri, accessToken))
  }
  if (job.prependedPath.length > 0) env['PATH'] = [...job.prependedPath, env['PATH'] ?? ''].join(delimiter)
  return {
    ...env,
    TMPDIR: job.folders.temp,
    TEMP: job.folders.temp,
    TMP: job.folders.temp,
    TF_BUILD: 'True',
    ...job.extraEnv,
  }
}

function variableEnvironment(job: Job): Record<string, string> {
  const env: Record<string, string> = {}
  const names: { public: string[]; secret: string[] } = { public: [], secret: [] }
  for (const { name, value, secret } of job.variables.list()) {
    if (name.toLowerCase() === 'agent.jobstatus') env[name] = value // Under its plain name as well, Handler.cs.
    env[secret ? `SECRET_${environmentName(name)}` : environmentName(name)] = value
    names[secret ? 'secret' : 'public'].push(name)
  }
  env['VSTS_PUBLIC_VARIABLES'] = JSON.stringify(names.public)
  env['VSTS_SECRET_VARIABLES'] = JSON.stringify(names.secret)
  return env
}

function basics(): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && inherited.includes(name.toUpperCase())) env[name] = value
  }
  return env
}
