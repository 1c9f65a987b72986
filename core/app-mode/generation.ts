import type { RunIdentity } from '../record/record.ts'

const longest = 100

/**
 * The name under which a run prepares an app: of the run, so that a later task of it knows its own, and of the task, so that no
 * two are the same. 1 to 100 of A-Z a-z 0-9 . _ -
 */
export function generationOf(run: RunIdentity, id: string): string {
  const tail = plain(id).slice(-40)
  return `${runPart(run).slice(0, longest - 1 - tail.length)}.${tail}`
}

/** Whether a task of that run gave the generation. A run that the agent did not tell apart from others knows none as its own. */
export function isOfRun(generation: string, run: RunIdentity): boolean {
  if (run.id === undefined) return false
  const dot = generation.lastIndexOf('.')
  if (dot <= 0) return false
  return generation.slice(0, dot) === runPart(run).slice(0, longest - 1 - (generation.length - dot - 1))
}

function runPart({ project, id, run }: RunIdentity): string {
  return plain(`${project}-${id ?? run}`)
}

/** Without a dot, which stands between the two parts. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '-')
}
