// The state of the app in a directory that its processes share, as a log: one folder for each state, numbered.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { State } from './state.ts'
import { atFirst, isGeneration } from './state.ts'

const kept = 3
const mostTries = 20
/** What renaming a folder to a name that is taken ends with, on Linux and on Windows. */
const taken = new Set(['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES'])

export interface StateLog {
  /** The newest state. Throws where it cannot be read. */
  read(): Promise<State>
  /**
   * Follows the newest state with what `next` makes of it, and gives the newest afterwards. `next` is asked again where another
   * process was quicker; nothing is written where it gives the same object. Throws what `next` throws.
   */
  change(next: (before: State) => State): Promise<State>
}

/**
 * A state is written whole into a folder of its own, which is then renamed to the next number. A name is taken once: renaming
 * a folder to one that is there and not empty fails (rename(2) ENOTEMPTY, MoveFileEx), so that of two processes that change
 * the state at once one is told, and looks again. Neither locks nor hard links, which a share may not have.
 */
export function stateLog(directory: string, newId: () => string): StateLog {
  const folder = join(directory, 'states')

  async function newest(): Promise<{ readonly number: number; readonly state: State }> {
    // What is read may be tidied away meanwhile; then there is a newer one.
    for (let tries = 1; ; tries++) {
      const number = Math.max(0, ...(await numbers()))
      if (number === 0) return { number, state: atFirst }
      try {
        return { number, state: parseState(await readFile(join(folder, nameOf(number), 'state.json'), 'utf8')) }
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries === mostTries) throw error
      }
    }
  }

  async function numbers(): Promise<readonly number[]> {
    await mkdir(folder, { recursive: true })
    return (await readdir(folder)).filter((name) => /^\d{12}$/.test(name)).map(Number)
  }

  /** False where another process has taken that number. */
  async function publish(number: number, state: State): Promise<boolean> {
    const draft = join(folder, `.draft-${newId()}`)
    await mkdir(draft)
    await writeFile(join(draft, 'state.json'), JSON.stringify({ protocol: 1, ...state }), { flush: true })
    try {
      await rename(draft, join(folder, nameOf(number)))
      return true
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      if (taken.has(codeOf(error) ?? '') && (await numbers()).some((each) => each >= number)) return false
      throw error
    }
  }

  async function tidy(number: number): Promise<void> {
    const old = (await numbers()).filter((each) => each <= number - kept)
    for (const each of old) await rm(join(folder, nameOf(each)), { recursive: true, force: true })
  }

  async function change(next: (before: State) => State): Promise<State> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const { number, state } = await newest()
      const after = next(state)
      if (after === state) return state
      if (!(await publish(number + 1, after))) continue
      await tidy(number + 1)
      // A number that was tidied away may be taken again by a process that slept meanwhile: it is not the newest then.
      const now = await newest()
      if (now.number >= number + 1) return now.state
    }
    throw new Error('The state of the app changes without end.')
  }

  return { read: async () => (await newest()).state, change }
}

function nameOf(number: number): string {
  return String(number).padStart(12, '0')
}

function parseState(text: string): State {
  const { protocol, epoch, prepared } = JSON.parse(text) as Record<string, unknown>
  if (protocol !== 1 || !isCount(epoch)) throw new Error('The state of the app is not understood.')
  if (prepared === undefined) return { epoch }
  const { generation, until } = prepared as Record<string, unknown>
  if (!isGeneration(generation) || !isCount(until)) throw new Error('The state of the app is not understood.')
  return { epoch, prepared: { generation, until } }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
