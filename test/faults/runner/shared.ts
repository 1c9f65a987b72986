// What the processes of one suite have to agree on, kept in a folder that the runner makes for them.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realDelay } from '../hurry.ts'

const patienceMs = 120_000
const pauseMs = 50

/** The folder's name in the environment of the processes. */
export const sharedFolder = 'FAULTS_SHARED'

/** What the first of the processes says, in all of them. Alone, a process agrees with itself. */
export async function agreed<T>(name: string, own: T): Promise<T> {
  const folder = process.env[sharedFolder]
  if (folder === undefined) return own
  const file = join(folder, `${name}.json`)
  if (isFirst(join(folder, name))) {
    writeFileSync(`${file}.new`, JSON.stringify(own))
    renameSync(`${file}.new`, file)
  }
  for (let waited = 0; !existsSync(file); waited += pauseMs) {
    if (waited > patienceMs) throw new Error(`no other process has told '${name}'`)
    await realDelay(pauseMs)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch {
    return false
  }
}
