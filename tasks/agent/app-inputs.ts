import type { SlotName } from '../../core/function-app/picture.ts'
import { parseConnectionString } from '../../core/function-app/storage-connection-string.ts'
import type { IdlePolicy, IgnorePattern } from '../../core/task-hub/idle-proof/policy.ts'
import { hubNameRule } from '../../core/task-hub/name.ts'
import type { WantedHub } from '../../core/task-hub/wanted-hub.ts'
import { parseWantedHub } from '../../core/task-hub/wanted-hub.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { WantedApp, WantedSlot } from '../wanted-app.ts'
import type { Inputs } from './read-inputs.ts'

const appName = {
  pattern: /^[\p{L}\p{N}][\p{L}\p{N}-]{0,59}$/u,
  rule: 'the name of the function app, without its domain',
}
const resourceGroup = {
  pattern: /^[\p{L}\p{N}_().-]{1,90}$/u,
  rule: "the name of a resource group: letters, digits and '_().-', at most 90",
}
const setting = {
  pattern: /^[\p{L}\p{N}_.:-]+$/u,
  rule: "the name of an app setting, without '%': letters, digits and '_.:-'",
}
const accountName = {
  pattern: /^[A-Za-z0-9]{3,24}$/,
  rule: 'the name of a storage account, without its domain: 3 to 24 letters and digits',
}
const slot = { pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,59}$/, rule: "the name of a slot: letters, digits and '-'" }

/** The inputs that every agent task has. */
export function readApp(inputs: Inputs): WantedApp {
  const resourceGroupName = inputs.text('resourceGroupName', resourceGroup)
  const storageConnectionString = readConnectionString(inputs)
  const storageAccountName = inputs.text('storageAccountName', accountName)?.toLowerCase()
  if (storageConnectionString !== undefined && storageAccountName !== undefined) {
    inputs.problem(
      'storageConnectionString',
      `was given together with input 'storageAccountName' ('${storageAccountName}'). Give only one of the two.`,
    )
  }
  return {
    azureSubscription: inputs.requiredText('azureSubscription', {
      pattern: /./,
      rule: 'an Azure Resource Manager service connection',
    }),
    appName: inputs.requiredText('appName', appName),
    taskHubSetting: inputs.textOr('taskHubSetting', 'TaskHubName', setting),
    storageSetting: inputs.textOr('storageSetting', 'AzureWebJobsStorage', setting),
    ...(resourceGroupName === undefined ? {} : { resourceGroupName }),
    ...(storageConnectionString === undefined ? {} : { storageConnectionString }),
    ...(storageAccountName === undefined ? {} : { storageAccountName }),
  }
}

export function readAppAndSlot(inputs: Inputs): WantedSlot {
  return { ...readApp(inputs), slotName: readSlot(inputs, 'slotName', 'staging') }
}

export function readSlot(inputs: Inputs, name: string, fallback: string): SlotName {
  return inputs.textOr(name, fallback, slot) as SlotName
}

/** `name` or `account/name`. */
export function readHub(inputs: Inputs, name: string): WantedHub | undefined {
  const text = inputs.text(name)
  return text === undefined ? undefined : parseHub(inputs, name, text)
}

/** One hub a line; one that is named twice counts once. */
export function readHubs(inputs: Inputs, name: string): readonly WantedHub[] {
  const texts = new Map(inputs.lines(name).map((line) => [line.toLowerCase(), line]))
  return [...texts.values()].flatMap((line) => parseHub(inputs, name, line) ?? [])
}

export function parseHub(inputs: Inputs, name: string, text: string): WantedHub | undefined {
  const hub = parseWantedHub(text)
  if (!hub) inputs.problem(name, `is '${remoteText(text, 100)}'. Give a task hub (${hubNameRule}), or 'account/name'.`)
  return hub
}

/** What the state service says opens a check, and no change: what that rests on is read right before it. */
export function readEvidence<Choice extends string>(
  inputs: Inputs,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value = inputs.text('evidence')
  const isTold = choices.some((choice) => choice === 'stateService')
  if (value?.toLowerCase() !== 'stateservice' || isTold) return inputs.oneOf('evidence', choices, fallback)
  inputs.problem(
    'evidence',
    "is 'stateService', and a change rests on what is read right before it, not on what a service says. Give 'storage' or " +
      "'managementApi'; CheckNoRunningOrchestrations takes 'stateService'.",
  )
  return fallback
}

export function readPolicy(inputs: Inputs): IdlePolicy {
  return {
    entityPolicy: inputs.oneOf('entityPolicy', ['ignoreIdle', 'block', 'ignore'], 'ignoreIdle'),
    acceptInvisibleMessages: inputs.boolean('acceptInvisibleMessages', false),
    ignoreInstances: inputs.lines('ignoreInstances').flatMap((line) => parseIgnore(inputs, line) ?? []),
  }
}

function parseIgnore(inputs: Inputs, line: string): IgnorePattern | undefined {
  const [, field, pattern] = /^(name|id):\s*(\S.*)$/i.exec(line) ?? []
  if (field !== undefined && pattern !== undefined) {
    return { field: field.toLowerCase() === 'id' ? 'id' : 'name', pattern }
  }
  inputs.problem(
    'ignoreInstances',
    `has the line '${remoteText(line, 100)}'. Give one pattern a line, 'name:' or 'id:' with '*' for any characters.`,
  )
  return undefined
}

/** The key inside is registered too: it may show up without the rest. */
function readConnectionString(inputs: Inputs): string | undefined {
  const text = inputs.secret('storageConnectionString')
  if (text === undefined) return undefined
  const read = parseConnectionString(text)
  if ('because' in read) {
    inputs.problem(
      'storageConnectionString',
      `is not a storage connection string: ${read.because}. Copy it from the storage account, Access keys.`,
    )
    return undefined
  }
  inputs.keepSecret(read.secret.kind === 'key' ? read.secret.key : read.secret.sas)
  return text
}
