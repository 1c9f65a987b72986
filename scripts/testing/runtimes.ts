import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../packaging/project.ts'
import { runStage } from './stage.ts'
import type { StageResult } from './stage.ts'

const folder = join(root, 'test', 'runtimes')

/**
 * Installs the second Node that the black-box tests run the tasks on. The platform packages carry the binary itself: the
 * npm package `node` would fetch it in an install script, which npm may be told not to run.
 */
export async function installRuntimes(): Promise<StageResult> {
  const lock = join(folder, 'package-lock.json')
  const installed = join(folder, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) {
    return { name: 'Node 24', ok: true, output: '' }
  }
  return runStage({
    name: 'install Node 24',
    command: 'npm',
    args: ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'],
  })
}

/** The Node 24 of test/runtimes, and its exact version. Undefined on platforms that npm has no binary for. */
export function node24(): { readonly path: string; readonly version: string } | undefined {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const home = join(folder, 'node_modules', `node-${platform}-${process.arch}`)
  const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(path)) return undefined
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
  return { path, version }
}
