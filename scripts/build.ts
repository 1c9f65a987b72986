// npm run build: lays out in dist/ what goes into the package.
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleTask, packageFolders } from './packaging/bundle.ts'
import { editionFrom, stampExtension, stampTask } from './packaging/edition.ts'
import type { Edition } from './packaging/edition.ts'
import { thirdPartyNotices } from './packaging/notices.ts'
import {
  listTaskFolders,
  readExtensionManifest,
  readVersion,
  root,
  runsOnAgent,
  stageFolder,
} from './packaging/project.ts'

export type Build = {
  /** Folders of agent tasks without index.ts, which therefore have no code in dist. */
  readonly withoutCode: readonly string[]
}

/** Builds the staged tree from nothing. */
export async function build(edition: Edition): Promise<Build> {
  rmSync(stageFolder, { recursive: true, force: true })
  mkdirSync(stageFolder)
  const version = readVersion()
  const extension = readExtensionManifest()
  const folders = listTaskFolders()
  const metafiles = await Promise.all(
    folders.map(async (folder) => {
      mkdirSync(join(stageFolder, folder.path), { recursive: true })
      const stamped = stampTask(folder.manifest, { version, major: folder.major, edition, extension: extension.id })
      writeJson(join(folder.path, 'task.json'), stamped)
      copyIfThere(join(folder.path, 'icon.png'))
      copyIfThere(join(folder.path, 'end-of-job.cjs'))
      if (!folder.hasCode) return []
      // A package.json with "type": "module" in a folder above the agent's would turn the bundle into another language.
      writeJson(join(folder.path, 'package.json'), { type: 'commonjs' })
      return [await bundleTask(folder)]
    }),
  )
  writeJson('vss-extension.json', stampExtension(extension, version, edition))
  const notices = thirdPartyNotices(metafiles.flat().flatMap(packageFolders))
  writeFileSync(join(stageFolder, 'ThirdPartyNotices.txt'), notices)
  copyIfThere('overview.md')
  cpSync(join(root, 'images'), join(stageFolder, 'images'), {
    recursive: true,
    filter: (source) => source === join(root, 'images') || source.endsWith('.png'),
  })
  // The Marketplace wants a file extension, to know the content type.
  copyFileSync(join(root, 'LICENSE'), join(stageFolder, 'LICENSE.txt'))
  return {
    withoutCode: folders.filter((folder) => runsOnAgent(folder.manifest) && !folder.hasCode).map(({ path }) => path),
  }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(join(stageFolder, path), `${JSON.stringify(value, undefined, 2)}\n`)
}

function copyIfThere(path: string): void {
  if (existsSync(join(root, path))) copyFileSync(join(root, path), join(stageFolder, path))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { withoutCode } = await build(editionFrom(process.argv.slice(2)))
  for (const path of withoutCode) console.log(`not built, it has no index.ts: ${path}`)
  console.log('Built into dist/.')
}
