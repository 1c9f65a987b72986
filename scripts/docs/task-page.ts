import type { TaskInput, TaskManifest } from '../packaging/manifests.ts'
import { runsOnAgent } from '../packaging/project.ts'

/** One task's page: the hand-written part, then what task.json says: YAML, inputs, outputs. */
export function taskPage(manifest: TaskManifest, major: number, notes: string): string {
  const parts = [
    `# ${manifest.name}@${major}`,
    `<!-- Written by "npm run docs" from task.json and tasks/${manifest.name}/README.md. Change those. -->`,
    manifest.description,
    notes.trim(),
    '## YAML',
    yamlOf(manifest, major),
    '## Inputs',
    table(
      ['input', 'type', 'default', 'meaning'],
      (manifest.inputs ?? []).map((input) => [
        `\`${input.name}\`${isRequired(input) ? ' (required)' : ''}`,
        typeOf(input),
        defaultOf(input),
        cell(input.helpMarkDown ?? ''),
      ]),
    ),
    '## Outputs',
    outputsOf(manifest),
  ]
  return `${parts.join('\n\n')}\n`
}

function yamlOf(manifest: TaskManifest, major: number): string {
  const inputs = manifest.inputs ?? []
  const needed = inputs.filter((input) => isRequired(input) && !input.defaultValue)
  const others = inputs.filter((input) => !needed.includes(input))
  const lines = [
    ...(runsOnAgent(manifest) ? [] : ['# in a job with "pool: server"']),
    `- task: ${manifest.name}@${major}`,
    '  inputs:',
    ...needed.map((input) => `    ${input.name}: ${sample(input)}`),
    ...others.map((input) => `    # ${input.name}: ${shown(input)}`.trimEnd()),
  ]
  return ['```yaml', ...lines, '```'].join('\n')
}

function outputsOf({ outputVariables = [] }: TaskManifest): string {
  if (outputVariables.length === 0) return 'None.'
  const rows = outputVariables.map(({ name, description }) => [`\`${name}\``, cell(description ?? '')])
  const how =
    "Give the step a name to read them: `$(name.output)` in the same job, `dependencies.job.outputs['name.output']` elsewhere."
  return `${table(['output', 'meaning'], rows)}\n\n${how}`
}

function typeOf({ type, options, properties }: TaskInput): string {
  if (options)
    return Object.keys(options)
      .map((option) => `\`${option}\``)
      .join(', ')
  if (type.startsWith('connectedService:AzureRM')) return 'service connection'
  if (type === 'pickList' && properties?.['EditableOptions'] === 'True') return 'text, or picked'
  return (
    { string: 'text', multiLine: 'lines', int: 'whole number', filePath: 'path', boolean: '`true`, `false`' }[type] ??
    type
  )
}

function defaultOf({ defaultValue }: TaskInput): string {
  return defaultValue === undefined || defaultValue === '' ? '' : `\`${String(defaultValue)}\``
}

function sample({ name }: TaskInput): string {
  return { azureSubscription: 'my-service-connection', appName: 'orders', resourceGroupName: 'rg-orders' }[name] ?? '…'
}

function shown({ defaultValue, options }: TaskInput): string {
  if (defaultValue === undefined || defaultValue === '') return ''
  return options ? `${String(defaultValue)} # ${Object.keys(options).join(' | ')}` : String(defaultValue)
}

function isRequired({ required }: TaskInput): boolean {
  return String(required) === 'true'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** Fit for a table cell. */
function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, '<br>').replaceAll('|', '\\|')
}
