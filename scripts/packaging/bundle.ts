import { build } from 'esbuild'
import type { Metafile } from 'esbuild'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { root, stageFolder } from './project.ts'
import type { TaskFolder } from './project.ts'
import { withoutFetch } from './without-fetch.ts'

/** Two copies of one of these in a bundle keep two states: two token caches, two vaults of secrets, two abort signals. */
const stateful = [/^@azure\//, /^@typespec\//, /^axios$/, /^azure-pipelines-task-lib$/]
// storage-blob is built for version 2 and arm-appservice for version 3; a poller keeps its state in itself, not in the module.
const stateless = ['@azure/core-lro']

/**
 * Bundles one task into one file that runs on Node 20, and answers what went in. The source map lies in dist/maps, out
 * of the package. Throws where a stateful package would be in the bundle twice.
 */
export async function bundleTask(folder: TaskFolder): Promise<Metafile> {
  const outfile = join(stageFolder, folder.path, 'index.js')
  const metafile = await bundle({ entry: `${folder.path}/index.ts`, outfile, name: folder.path })
  const maps = join(stageFolder, 'maps', folder.version)
  mkdirSync(maps, { recursive: true })
  renameSync(`${outfile}.map`, join(maps, 'index.js.map'))
  return metafile
}

export type Bundle = {
  /** Relative to the root. */
  readonly entry: string
  readonly outfile: string
  /** In messages. */
  readonly name: string
  /** Packages that are there where it runs. */
  readonly external?: readonly string[]
}

/** Bundles into one CommonJS file for Node 20, with its source map beside it, and answers what went in. Throws as `bundleTask`. */
export async function bundle({ entry, outfile, name, external = [] }: Bundle): Promise<Metafile> {
  const result = await build({
    entryPoints: [join(root, entry)],
    external: [...external],
    absWorkingDir: root,
    outfile,
    bundle: true,
    platform: 'node',
    // The lowest Node that task.json declares.
    target: 'node20',
    format: 'cjs',
    minify: true,
    treeShaking: true,
    alias: { 'form-data': join(root, 'scripts/packaging/no-form-data.cjs') },
    plugins: [withoutFetch],
    // @azure/storage-common asks for its own address at load, which a CommonJS bundle has under another name.
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    sourcemap: 'external',
    sourcesContent: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'silent',
  })
  const warnings = result.warnings.map((warning) => `${warning.location?.file ?? name}: ${warning.text}`)
  if (warnings.length > 0) throw new Error(`Bundling ${name} gave warnings:\n  ${warnings.join('\n  ')}`)
  const twice = statefulTwice(result.metafile)
  if (twice.length > 0) {
    throw new Error(`The bundle of ${name} holds two copies of ${twice.join(', ')}. Pin one version in overrides.`)
  }
  return result.metafile
}

/** Folders of the npm packages that are in a bundle: `node_modules/@azure/identity`. */
export function packageFolders(metafile: Metafile): string[] {
  const folders = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, part]) => part.bytesInOutput > 0)
      .flatMap(([path]) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  )
  return [...new Set(folders)].sort()
}

/** Names of stateful packages that are in a bundle from two folders. */
export function statefulTwice(metafile: Metafile): string[] {
  const names = packageFolders(metafile).map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 13))
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  return [...new Set(twice)].filter(
    (name) => stateful.some((pattern) => pattern.test(name)) && !stateless.includes(name),
  )
}
