// The processes of an app, each with a folder of its own in a directory that they share.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Beat, Member } from './aggregate.ts'
import { codeOf } from './state-log.ts'

/** Silent for that many times the time after which a member is dead: its folder is removed. */
const buriedAfter = 10

/**
 * Members as they are seen from this process. Whether one is alive is told by its count going on while this process watches,
 * never by a time of another machine. A folder is removed by its owner or long after its owner's death, so that a member
 * that is there is always listed.
 */
export function members(directory: string, newId: () => string) {
  const folder = join(directory, 'members')
  const seen = new Map<string, { beat: number; since: number }>()
  let own: string | undefined
  let count = 0

  /** A process that was taken for dead begins under a new name, for its old folder may be removed at any moment. */
  async function enter(): Promise<void> {
    own = newId()
    await mkdir(join(folder, own), { recursive: true })
  }

  /** Throws where it could not be written; a folder that is gone is made anew, under a new name, by the next call. */
  async function tell(beat: Omit<Beat, 'beat'>): Promise<void> {
    if (own === undefined) await enter()
    const place = join(folder, own ?? '')
    const text = JSON.stringify({ protocol: 1, beat: ++count, ...beat })
    try {
      await writeFile(join(place, 'beat.tmp'), text)
      await rename(join(place, 'beat.tmp'), join(place, 'beat.json'))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') own = undefined
      throw error
    }
  }

  async function list(ticks: number): Promise<readonly (Member & { readonly name: string })[]> {
    const names = await readdir(folder)
    for (const name of seen.keys()) if (!names.includes(name)) seen.delete(name)
    return await Promise.all(
      names.map(async (name) => {
        const beat = await readBeat(join(folder, name, 'beat.json'))
        const known = seen.get(name)
        const isNew = !known || (beat !== undefined && beat.beat !== known.beat)
        const last = isNew ? { beat: beat?.beat ?? -1, since: ticks } : known
        seen.set(name, last)
        // What this process has just written itself is no news of another.
        return { name, silentMs: name === own ? 0 : ticks - last.since, ...(beat && { beat }) }
      }),
    )
  }

  async function bury(all: readonly (Member & { readonly name: string })[], deadAfterMs: number): Promise<void> {
    for (const { name, silentMs } of all) {
      if (silentMs >= buriedAfter * deadAfterMs) await rm(join(folder, name), { recursive: true, force: true })
    }
  }

  async function leave(): Promise<void> {
    if (own !== undefined) await rm(join(folder, own), { recursive: true, force: true })
    own = undefined
  }

  return { enter, tell, list, bury, leave }
}

export type Members = ReturnType<typeof members>

/** Undefined where it is missing, half there or not understood. */
async function readBeat(path: string): Promise<Beat | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isBeat(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isBeat(value: unknown): value is Beat {
  if (typeof value !== 'object' || value === null) return false
  const { protocol, beat, epoch, inProgress, stashed, failedStashes } = value as Record<string, unknown>
  return (
    protocol === 1 &&
    [beat, inProgress, stashed, failedStashes].every(isCount) &&
    (epoch === undefined || isCount(epoch))
  )
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
