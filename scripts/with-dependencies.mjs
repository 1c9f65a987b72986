// Runs a TypeScript file of this repository, on a fresh clone as well: installs what the lock file names first, where it
// is not installed yet. Plain JavaScript, because nothing is installed when it starts.
import { spawnSync } from 'node:child_process'
import console from 'node:console'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, 'package-lock.json')
const installed = join(root, 'node_modules', '.package-lock.json')

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  // Standard output belongs to the script: it may be a document that a program reads.
  console.error('Installing the packages of package-lock.json …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], ['inherit', 2, 'inherit'])
}
const [script, ...rest] = process.argv.slice(2)
run(process.execPath, ['--import', 'tsx', join(root, script), ...rest])

function run(command, args, stdio = 'inherit') {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio,
    shell: process.platform === 'win32' && command === 'npm',
  })
  if (done.error) throw done.error
  if (done.status !== 0) process.exit(done.status ?? 1)
}
