import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { root, stageFolder } from './project.ts'

export const outFolder = join(root, 'out')

/** What a .vsix may weigh: agents of Microsoft's own pools download their tasks anew for every job. */
export const limits = { bytes: 3_200_000, files: 120 }

/** Packs the staged tree with tfx and answers the path of the one .vsix in out/. Any line that warns is an error. */
export function packVsix(): string {
  rmSync(outFolder, { recursive: true, force: true })
  mkdirSync(outFolder)
  const tfx = join(root, 'node_modules', 'tfx-cli', '_build', 'tfx-cli.js')
  const args = ['extension', 'create', '--no-color', '--no-prompt', '--root', stageFolder]
  const done = spawnSync(
    process.execPath,
    [tfx, ...args, '--manifests', 'vss-extension.json', '--output-path', outFolder],
    {
      cwd: stageFolder,
      encoding: 'utf8',
      timeout: 120_000,
    },
  )
  const said = `${done.stdout}\n${done.stderr}`
  if (done.error) throw new Error('tfx could not be started.', { cause: done.error })
  if (done.status !== 0) throw new Error(`tfx failed:\n${said.trim()}`)
  const warnings = warningsIn(said)
  if (warnings.length > 0) throw new Error(`tfx warned, which counts as a failure:\n  ${warnings.join('\n  ')}`)
  const made = readdirSync(outFolder)
  const [vsix] = made
  if (vsix === undefined || made.length > 1 || !vsix.endsWith('.vsix')) {
    throw new Error(`out/ holds '${made.join(', ')}' where exactly one .vsix was to be.`)
  }
  return join(outFolder, vsix)
}

/** The lines of tfx's output that warn of something. */
export function warningsIn(output: string): string[] {
  return output.split(/\r?\n/).filter((line) => /warn|in the future, this|multiple values|ignoring/i.test(line))
}

export type VsixContents = { readonly bytes: number; readonly files: readonly string[] }

export function readVsix(path: string): VsixContents {
  const entries = Object.keys(unzipSync(readFileSync(path)))
  return { bytes: statSync(path).size, files: entries.filter((entry) => !entry.endsWith('/')) }
}

/** What is wrong with the finished package. */
export function checkVsix({ bytes, files }: VsixContents): string[] {
  const maps = files.filter((file) => file.endsWith('.map'))
  return [
    ...(bytes > limits.bytes ? [`The .vsix has ${bytes} bytes; at most ${limits.bytes} are allowed.`] : []),
    ...(files.length > limits.files
      ? [`The .vsix has ${files.length} files; at most ${limits.files} are allowed.`]
      : []),
    ...maps.map((file) => `Source map '${file}' is in the .vsix.`),
    ...(files.includes('ThirdPartyNotices.txt') ? [] : ['ThirdPartyNotices.txt is not in the .vsix.']),
  ]
}
