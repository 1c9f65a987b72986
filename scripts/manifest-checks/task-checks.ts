import type { PackageContents, Problem, TaskContents } from './package-contents.ts'

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Who the task is and what people see of it. Limits: tfx (friendlyName) and the task schema (names, categories). */
export function checkTask(task: TaskContents): Problem[] {
  const { manifest, path } = task
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  if (!guid.test(manifest.id)) say(`id '${manifest.id}' is not a GUID.`)
  if (!/^[A-Za-z0-9-]+$/.test(manifest.name)) say(`name '${manifest.name}' may hold letters, digits and hyphens only.`)
  if (manifest.friendlyName.length === 0 || manifest.friendlyName.length > 40) {
    say(`friendlyName '${manifest.friendlyName}' has ${manifest.friendlyName.length} characters; 1 to 40 are allowed.`)
  }
  if (manifest.description.length < 20 || manifest.description.length > 200) {
    say(`description has ${manifest.description.length} characters; 20 to 200 are wanted.`)
  }
  if (!manifest.helpMarkDown) say('helpMarkDown is missing.')
  if (!manifest.author) say('author is missing.')
  if (manifest.instanceNameFormat === undefined) say('instanceNameFormat is missing.')
  if (!manifest.category || !['Deploy', 'Utility'].includes(manifest.category)) {
    say(`category '${manifest.category ?? ''}' is not Deploy or Utility.`)
  }
  if (manifest.version.Major !== task.major) {
    say(`version.Major ${manifest.version.Major} is not that of its folder, ${task.major}.`)
  }
  return [...problems, ...checkInstanceName(task), ...checkLocKeys(task)]
}

/** GUIDs: one a task, the same in every major, and never another than the one an organisation already knows. */
export function checkIds({ tasks, fixedIds, extension }: PackageContents): Problem[] {
  const problems: Problem[] = []
  for (const { manifest, path } of tasks) {
    const others = tasks.filter(
      (other) => other.manifest.id.toLowerCase() === manifest.id.toLowerCase() && other.manifest.name !== manifest.name,
    )
    if (others.length > 0) problems.push(`${path}/task.json: id '${manifest.id}' is also the id of ${others[0]?.path}.`)
    const fixed = fixedIds[manifest.name]
    if (Object.keys(fixedIds).length > 0 && fixed !== manifest.id) {
      problems.push(
        `${path}/task.json: id '${manifest.id}' of '${manifest.name}' is not the fixed one, '${fixed ?? 'none'}'.`,
      )
    }
  }
  for (const name of Object.keys(fixedIds)) {
    if (!tasks.some(({ manifest }) => manifest.name === name))
      problems.push(`Task '${name}' is missing in ${extension.id}.`)
  }
  return problems
}

function checkInstanceName({ manifest, path }: TaskContents): Problem[] {
  const inputs = new Set((manifest.inputs ?? []).map(({ name }) => name.toLowerCase()))
  return macros(manifest.instanceNameFormat ?? '')
    .filter((name) => !inputs.has(name.toLowerCase()))
    .map((name) => `${path}/task.json: instanceNameFormat names input '${name}', which does not exist.`)
}

/** `ms-resource:` and `loc.messages` keys point into `messages`; a missing one is shown to users as the bare key. */
function checkLocKeys({ manifest, path }: TaskContents): Problem[] {
  const text = JSON.stringify({ ...manifest, messages: undefined })
  const wanted = [...text.matchAll(/ms-resource:(?:loc\.messages\.)?([A-Za-z0-9_.]+)/g)].flatMap(
    (match) => match[1] ?? [],
  )
  return wanted
    .filter((key) => manifest.messages?.[key] === undefined)
    .map((key) => `${path}/task.json: loc key '${key}' is not in messages.`)
}

/** Names inside `$(…)`. */
export function macros(text: string): string[] {
  return [...text.matchAll(/\$\(([^)]+)\)/g)].flatMap((match) => match[1] ?? [])
}
