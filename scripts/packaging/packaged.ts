// The package as others use it: benches, fault suites and black-box tests run the tasks of the .vsix in out/.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './project.ts'

/** All that the package is made of or checked by, folders with everything below them. */
const sources = [
  ...['core', 'tasks', 'images', 'overview.md', 'LICENSE', 'vss-extension.json', 'package.json', 'package-lock.json'],
  ...['build.ts', 'manifest-checks', 'manifest-checks.ts', 'package.ts', 'packaging'].map((name) => `scripts/${name}`),
]

/** The path of the .vsix in out/, however old it is; undefined where there is none. */
export function packageInOut(base = root): string | undefined {
  const out = join(base, 'out')
  const name = existsSync(out) ? readdirSync(out).find((each) => each.endsWith('.vsix')) : undefined
  return name === undefined ? undefined : join(out, name)
}

/**
 * The path of the .vsix in out/, however old it is.
 * @throws Error where there is none.
 */
export function existingPackage(): string {
  const found = packageInOut()
  if (found === undefined) throw new Error("There is no .vsix in 'out'. Run npm run package first.")
  return found
}

/** The .vsix in out/, unless a source has changed, come or gone since it was made. */
export function currentPackage(base = root): string | undefined {
  const found = packageInOut(base)
  return found !== undefined && statSync(found).mtimeMs >= newest(base) ? found : undefined
}

/**
 * The path of the .vsix in out/, packaged anew where there is none, or a source is newer.
 * @throws Error with the output of the packaging when it failed.
 */
export async function upToDatePackage(say: (text: string) => void): Promise<string> {
  const found = currentPackage()
  if (found !== undefined) return found
  say('packaging the extension')
  try {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/package.ts'], { cwd: root })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`The extension could not be packaged:\n${stdout}${stderr}`, { cause })
  }
  return existingPackage()
}

/** A folder changes when a file in it comes or goes. */
function newest(base: string): number {
  const paths = sources
    .map((source) => join(base, source))
    .filter((path) => existsSync(path))
    .flatMap((path) => {
      if (!statSync(path).isDirectory()) return [path]
      return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))]
    })
  return Math.max(...paths.map((path) => statSync(path).mtimeMs))
}
