// The package that a bench measures: what `npm run package` makes of the sources as they are now.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const sources = ['core', 'tasks', 'scripts', 'vss-extension.json', 'package.json', 'package-lock.json']

/**
 * The path of the .vsix in out/, packaged anew where a source is newer.
 * @throws Error with the output of the packaging when it failed.
 */
export async function packagedExtension(say: (text: string) => void): Promise<string> {
  const found = inOut()
  if (found !== undefined && statSync(found).mtimeMs >= newest()) return found
  say('packaging the extension')
  try {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/package.ts'], { cwd: root })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`The extension could not be packaged:\n${stdout}${stderr}`, { cause })
  }
  const made = inOut()
  if (made === undefined) throw new Error('The packaging left no .vsix in out/.')
  return made
}

function inOut(): string | undefined {
  const out = join(root, 'out')
  const name = existsSync(out) ? readdirSync(out).find((each) => each.endsWith('.vsix')) : undefined
  return name === undefined ? undefined : join(out, name)
}

function newest(): number {
  const files = sources.flatMap((source) => {
    const path = join(root, source)
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  })
  return Math.max(...files.map((file) => statSync(file).mtimeMs))
}
