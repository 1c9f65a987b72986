import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import type { Variables } from '../variables.ts'
import type { Job } from './job.ts'
import type { LoggingCommand } from './logging-command.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { TaskRecord } from './task-record.ts'
import { parseResult } from './task-run.ts'

export type CommandContext = {
  readonly job: Job
  readonly definition: TaskDefinition
  readonly record: TaskRecord
  /** Shared by the parts of one step: its execution and what it does at the end of the job. */
  readonly taskVariables: Variables
  /** The step's name, under which its output variables are found. */
  readonly stepName: string
}

type Effect = (command: LoggingCommand, context: CommandContext) => void

/** The commands of the area `task` (azure-pipelines-agent TaskCommandExtension.cs). */
const effects: Readonly<Record<string, Effect>> = {
  complete: ({ properties, data }, { record }) => {
    const result = parseResult(properties['result'])
    if (!result) throw new Error("Command doesn't have valid result value.")
    record.complete(result, data)
    if (properties['done']?.toLowerCase() === 'true') record.done.abort()
  },
  setvariable: setVariable,
  setsecret: ({ data }, { record }) => record.secret(data),
  logissue: logIssue,
  issue: logIssue,
  setprogress: ({ properties, data }, { record }) => {
    const percent = Number.parseInt(properties['value'] ?? '0', 10) || 0
    record.advance(Math.min(Math.max(percent, 0), 100), data)
  },
  logdetail: ({ properties }) => {
    if (!properties['id']) throw new Error('Cannot update a timeline record without its id.')
  },
  debug: ({ data }, { record }) => record.debug(data),
  uploadsummary: ({ data }, context) => attach('Distributedtask.Core.Summary', basename(data), data, context),
  uploadfile: ({ data }, context) => attach('Distributedtask.Core.FileAttachment', basename(data), data, context),
  addattachment: ({ properties, data }, context) => attach(properties['type'], properties['name'], data, context),
  settaskvariable: ({ properties, data }, { record, taskVariables }) => {
    const name = properties['variable']
    if (!name) throw new Error('The name of the task variable is missing.')
    const secret = isTrue(properties['issecret'])
    if (taskVariables.isReadOnly(name)) record.issue('warning', `Overwriting readonly task variable '${name}'.`)
    if (secret) record.secret(oneLine(data))
    taskVariables.set(name, data, { secret, readOnly: isTrue(properties['isreadonly']) })
  },
  prependpath: ({ data }, { job }) => {
    if (data === '') throw new Error('The path to prepend is missing.')
    job.prependedPath.splice(0, job.prependedPath.length, data, ...job.prependedPath.filter((path) => path !== data))
  },
}

/** Blocked for tasks with `restrictions.commands.mode` restricted; everything else of the area `task` is allowed. */
const notRestricted = ['uploadsummary', 'uploadfile', 'addattachment', 'setendpoint']

/** Areas of the agent that have no counterpart on this machine. */
const elsewhere = ['build', 'artifact', 'release', 'results', 'codecoverage', 'plugininternal']

/**
 * Carries out one logging command. What the agent could not carry out is an error of the step and makes it fail; what it
 * would not is a warning.
 */
export function applyCommand(command: LoggingCommand, line: string, context: CommandContext): void {
  const { area, event } = command
  const { record, definition } = context
  const name = `##vso[${area}.${event}]`
  if (area === 'telemetry') return
  if (definition.restrictedCommands && (area !== 'task' || notRestricted.includes(event))) {
    record.issue('warning', `${quoted(name)} is not allowed in this step due to policy restrictions.`)
  } else if (elsewhere.includes(area) || (area === 'task' && event === 'setendpoint')) {
    record.issue('warning', `${quoted(name)} has no effect in the local runner.`)
  } else if (area !== 'task') {
    record.issue('warning', `${quoted(name)} is of an area the agent does not know.`)
  } else {
    carryOut(command, line, context)
  }
}

function carryOut(command: LoggingCommand, line: string, context: CommandContext): void {
  const { record } = context
  try {
    const effect = effects[command.event]
    if (!effect) throw new Error(`'${command.event}' is not a recognized command.`)
    effect(command, context)
  } catch (cause) {
    record.issue('error', `Unable to process command ${quoted(line)} successfully.`)
    record.issue('error', cause instanceof Error ? cause.message : String(cause))
    record.commandFailed = true
  }
}

function setVariable(
  { properties, data }: LoggingCommand,
  { job, definition, record, stepName }: CommandContext,
): void {
  const name = properties['variable']
  if (!name) throw new Error("Required field 'variable' is missing in the task.setvariable command.")
  const output = isTrue(properties['isoutput']) || definition.outputVariables.includes(name)
  const secret = isTrue(properties['issecret'])
  if (job.variables.isReadOnly(name)) record.issue('warning', `Overwriting readonly variable '${name}'.`)
  if (secret) record.secret(oneLine(data))
  if (!isSettable(name, definition.settableVariables)) {
    record.issue('warning', `Setting variable '${name}' has been disabled by the task or build definition.`)
    return
  }
  const readOnly = output || isTrue(properties['isreadonly'])
  job.variables.set(output ? `${stepName}.${name}` : name, data, { secret, readOnly })
  if (output) record.outputs[name] = data
  else record.variables[name] = data
}

/** Patterns with `*` and `?`, compared without case (azure-pipelines-agent TaskRestrictionsExtension.cs). */
function isSettable(name: string, allowed: readonly string[] | undefined): boolean {
  return allowed?.some((pattern) => globPattern(pattern).test(name)) ?? true
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}

function logIssue({ properties, data }: LoggingCommand, { record }: CommandContext): void {
  const type = properties['type']?.toLowerCase()
  if (type === undefined) record.issue('warning', "Can't create TaskIssue from logging event.")
  else if (type === 'error' || type === 'warning') record.issue(type, data)
  else throw new Error(`issue type ${type} is not an expected issue type.`)
}

function attach(type: string | undefined, name: string | undefined, path: string, { record }: CommandContext): void {
  if (!type) throw new Error("Can't add task attachment, attachment type is not provided.")
  if (!name) throw new Error("Can't add task attachment, attachment name is not provided.")
  record.attachments.push({ type, name, text: readAttachment(path) })
}

function readAttachment(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error('Cannot upload task attachment file, it is not specified or does not exist on disk.', { cause })
  }
}

function oneLine(secret: string): string {
  if (secret.includes('\n')) throw new Error('Secrets cannot contain multiple lines')
  return secret
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true'
}

/** A command inside a message would be carried out by whatever reads our own lines. */
function quoted(line: string): string {
  return `'${line.replaceAll('##vso[', '##VSO-[')}'`
}
