import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Place } from './apps/place.ts'
import { scaled } from './scale.ts'

export type AppCode = 'plain' | 'cancellation' | 'app-mode' | 'durable'

/**
 * What was being worked on when a process was killed comes back after these: a minute of Azure, the shortest that the library
 * takes (DurableTask.AzureStorage; the default is five), scaled and rounded up to the whole seconds that a queue knows.
 */
const visibility = `00:00:${String(Math.ceil(scaled(60) / 1000)).padStart(2, '0')}`

const hostJson = {
  version: '2.0',
  extensions: {
    durableTask: {
      hubName: '%TaskHubName%',
      storageProvider: { controlQueueVisibilityTimeout: visibility, workItemQueueVisibilityTimeout: visibility },
    },
  },
}

const bundles = new Map<AppCode, Promise<string>>()

/** Writes one version of an app as it is deployed into a new folder below `root`, and answers the folder. */
export async function buildApp(root: string, code: AppCode, place: Place): Promise<string> {
  const text = bundles.get(code) ?? bundle(code)
  bundles.set(code, text)
  const folder = await mkdtemp(join(root, `${code}-`))
  await writeFile(join(folder, 'host.json'), JSON.stringify(hostJson))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: place.version }))
  await writeFile(join(folder, 'functions.mjs'), `const PLACE = ${JSON.stringify(place)}\n${await text}`)
  return folder
}

async function bundle(code: AppCode): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`apps/${code}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  return outputFiles.map(({ text }) => text).join('')
}
