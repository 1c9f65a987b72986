// npm run package [-- --dev <publisher>]: builds, checks and packs; leaves exactly one .vsix in out/.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from './build.ts'
import { checkManifests, readStage } from './manifest-checks.ts'
import { editionFrom } from './packaging/edition.ts'
import { listTaskFolders, root, stageFolder } from './packaging/project.ts'
import { checkVsix, outFolder, packVsix, readVsix } from './packaging/vsix.ts'

try {
  const edition = editionFrom(process.argv.slice(2))
  const { withoutCode } = await build(edition)
  stopOn(
    withoutCode.map(
      (path) => `${path} has no index.ts, so that there is nothing to run. Write it, or remove the task.`,
    ),
  )
  stopOn(checkManifests(readStage({ releaseIds: edition.kind === 'release' })))
  const vsix = packVsix()
  const contents = readVsix(vsix)
  stopOn(checkVsix(contents))
  printSizes()
  console.log(`\n${relative(root, vsix)}: ${contents.bytes} bytes, ${contents.files.length} files`)
} catch (error) {
  // A .vsix that failed its checks must not be there to be published.
  rmSync(outFolder, { recursive: true, force: true })
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function stopOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`Not packaged:\n  ${problems.join('\n  ')}`)
}

function printSizes(): void {
  const rows = listTaskFolders(stageFolder).map(({ version, path }) => {
    const bundle = join(stageFolder, path, 'index.js')
    if (!existsSync(bundle)) return [version, 'server task', '']
    return [version, String(statSync(bundle).size), String(gzipSync(readFileSync(bundle)).length)]
  })
  const table = [['task', 'bundle bytes', 'gzipped'], ...rows]
  for (const [task = '', bytes = '', gzipped = ''] of table) {
    console.log(`${task.padEnd(36)} ${bytes.padStart(12)} ${gzipped.padStart(10)}`)
  }
}
