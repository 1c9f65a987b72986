// What must hold of every run of a packaged task, whatever was done to it.
import type { Ran } from './job.ts'
import type { Stage } from './stage.ts'

const mostBytes = 256 * 1024 ** 2

/** What is wrong with how it ended or with what it left, or undefined. */
export async function wrongWith(run: Ran, stage: Stage): Promise<string | undefined> {
  return wrongEnding(run) ?? (await wrongState(run, stage))
}

/** One result, said in a way that a user can act on, within the memory that a task may take. */
export function wrongEnding({ raw, reported, exitCode, message, child }: Ran): string | undefined {
  const results = raw.split('\n').filter((line) => line.startsWith('##vso[task.complete '))
  if (child.hung) return 'it did not end'
  if (exitCode !== 0) return `it ended with exit code ${String(exitCode)}: ${raw.slice(-300)}`
  if (results.length !== 1) return `it told ${results.length} results`
  if ((child.peakBytes ?? 0) > mostBytes) return `it took ${Math.round((child.peakBytes ?? 0) / 1024 ** 2)} MB`
  if (/bug in this extension|\bundefined\b|\[object/.test(message)) return `it said: ${message}`
  if (reported === 'Failed' && !/\.$/.test(message)) return `its message is no sentence: ${message}`
  return undefined
}

/** A green result where the state is not what was asked, a swap too many, or something gone that nobody named. */
async function wrongState(run: Ran, stage: Stage): Promise<string | undefined> {
  const parts = await stage.parts()
  const { production, staging } = settingsOf(stage)
  const kept = [production, staging].filter((hub) => !parts.includes(`table ${hub}Instances`) && hub !== 'shop2')
  if (kept.length > 0) return `the hub '${kept.join("', '")}' is in use and gone`
  if (stage.swaps() > 1) return `it was swapped ${stage.swaps()} times`
  if (run.reported === 'Failed') return undefined
  const left = parts.filter((part) => /^\w+ shop0/.test(part))
  if (run.task === 'RotateTaskHub' && staging !== 'shop2') return `it said ${said(run)}, and staging has '${staging}'`
  if (run.task === 'SlotSwap' && production !== 'shop2')
    return `it said ${said(run)}, and production has '${production}'`
  if (run.task === 'CleanupTaskHub' && left.length > 0) return `it said ${said(run)}, and ${left.join(', ')} is left`
  return undefined
}

function said({ reported, message }: Ran): string {
  return `${String(reported)} (${message})`
}

function settingsOf({ app }: Stage): { production: string; staging: string } {
  const [production = '', staging = ''] = [app.slot(), app.slot('staging')].map((slot) => slot.settings['TaskHubName'])
  return { production, staging }
}
