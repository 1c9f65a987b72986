// The document with which an app tells its App Mode (docs/app-mode.md).
import { isObject } from '../json.ts'

export const modes = ['Normal', 'PreparingForStop', 'SafeToStop'] as const
export type Mode = (typeof modes)[number]

/** `process`: only the process that answered is described. `app`: every process of the app that shares its directory. */
export type Scope = 'process' | 'app'

export type ModeDocument = {
  readonly mode: Mode
  /** Not set: nobody prepares. */
  readonly generation?: string
  /** When the app returns to Normal by itself, by its own clock. Not set: nobody prepares. */
  readonly until?: Date
  /** Items whose function has not returned, or whose rest is still being put aside. */
  readonly inProgress: number
  readonly scope: Scope
  /** Processes that the document describes. */
  readonly members: number
  /** Stash callbacks of this preparation that have ended, and those that threw. */
  readonly stashed: number
  readonly failedStashes: number
}

/**
 * The document, or as `problem` what is wrong with it, which follows "the answer is no mode document: ". Fields that are not
 * known are let pass, so that a later version of an app may tell more; a field that is missing or mistyped is not guessed.
 */
export function readModeDocument(json: unknown): ModeDocument | { readonly problem: string } {
  if (!isObject(json)) return { problem: 'it is no JSON object' }
  if (json['protocol'] !== 1) return { problem: "'protocol' is not 1" }
  const mode = modes.find((each) => each === json['mode'])
  if (mode === undefined) return { problem: `'mode' is none of ${modes.join(', ')}` }
  const { scope, generation, until } = json
  if (scope !== 'process' && scope !== 'app') return { problem: "'scope' is neither process nor app" }
  const counts = { inProgress: 0, members: 0, stashed: 0, failedStashes: 0 }
  for (const name of ['inProgress', 'members', 'stashed', 'failedStashes'] as const) {
    const value = json[name]
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < (name === 'members' ? 1 : 0)) {
      return { problem: `'${name}' is no whole number from ${name === 'members' ? 1 : 0}` }
    }
    counts[name] = value
  }
  if (mode === 'Normal') {
    if (generation !== null || until !== null)
      return { problem: "'generation' and 'until' are not null in mode Normal" }
    return { mode, scope, ...counts }
  }
  if (!isGeneration(generation)) return { problem: "'generation' is not 1 to 100 of A-Z a-z 0-9 . _ -" }
  const end = utc(until)
  if (!end) return { problem: "'until' is no ISO time in UTC" }
  if (mode === 'SafeToStop' && counts.inProgress > 0) {
    return { problem: `'mode' is SafeToStop while 'inProgress' is ${counts.inProgress}` }
  }
  return { mode, scope, generation, until: end, ...counts }
}

/** 1 to 100 of A-Z a-z 0-9 . _ - */
export function isGeneration(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(value)
}

function utc(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z$/.test(value)) return undefined
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? undefined : date
}
