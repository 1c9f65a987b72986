import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { strFromU8, unzip } from 'fflate'
import tl from 'azure-pipelines-task-lib/task.js'
import { Refusal } from '../../core/failures.ts'
import { remoteText } from '../../core/remote-text.ts'

const largestZip = 1024 * 1024 * 1024

/**
 * The text of host.json at the root of a deployment package: a zip, a folder, or the file itself. A pattern with `*` must
 * match one file. Throws `Refusal`.
 */
export async function readHostJson(given: string): Promise<string> {
  const path = onePath(given)
  const shown = remoteText(path)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new Refusal(`package '${shown}' does not exist. Give a zip, a folder or a host.json.`)
  if (found.isDirectory()) return await readText(join(path, 'host.json'), `folder '${shown}' has no host.json`)
  if (basename(path).toLowerCase().endsWith('.json')) return await readText(path, `'${shown}' cannot be read`)
  if (found.size > largestZip) throw new Refusal(`package '${shown}' is larger than 1 GiB. Give its host.json instead.`)
  const hostJson = await fromZip(await readFile(path)).catch(() => {
    throw new Refusal(`package '${shown}' is not a zip that can be read. Give a zip, a folder or a host.json.`)
  })
  if (hostJson === undefined) {
    throw new Refusal(`package '${shown}' has no host.json at its root. Zip the content of the folder, not the folder.`)
  }
  return hostJson
}

function onePath(given: string): string {
  if (!/[*?]/.test(given)) return given
  const matches = tl.findMatch(tl.getVariable('System.DefaultWorkingDirectory') ?? process.cwd(), given)
  const [first] = matches
  if (first !== undefined && matches.length === 1) return first
  throw new Refusal(
    `package '${remoteText(given)}' matches ${matches.length === 0 ? 'no file' : `${matches.length} files`}. Give a pattern that matches one.`,
  )
}

async function readText(path: string, problem: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => {
    throw new Refusal(`package: ${problem}. Give a zip, a folder or a host.json.`)
  })
}

async function fromZip(zip: Uint8Array): Promise<string | undefined> {
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(zip, { filter: (file) => file.name.replaceAll('\\', '/') === 'host.json' }, (error, data) => {
      if (error) reject(error)
      else resolve(data)
    })
  })
  const [content] = Object.values(files)
  return content && strFromU8(content)
}
