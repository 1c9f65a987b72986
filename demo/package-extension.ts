import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')

/**
 * Packages the extension as `npm run package` does and returns the path of the .vsix.
 * @throws Error with the output of the packaging when it failed.
 */
export async function packageExtension(signal: AbortSignal): Promise<string> {
  try {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/package.ts'], { cwd: root, signal })
  } catch (cause) {
    if (signal.aborted) throw cause
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`The extension could not be packaged:\n${stdout}${stderr}`, { cause })
  }
  const out = join(root, 'out')
  const [vsix, second] = readdirSync(out).filter((name) => name.endsWith('.vsix'))
  if (vsix === undefined || second !== undefined) throw new Error(`There must be exactly one .vsix in '${out}'.`)
  return join(out, vsix)
}
