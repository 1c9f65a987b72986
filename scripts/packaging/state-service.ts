import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { bundle, packageFolders } from './bundle.ts'
import { thirdPartyNotices } from './notices.ts'
import { readJson, readVersion, root } from './project.ts'

/** The oldest time that a zip knows: the same sources make the same bytes. */
const mtime = '1980-01-01T00:00:00'

/**
 * The function app of the state service as a zip for deployment, everything in its root. It has no node_modules, so that nothing
 * is to be built where it goes. Throws as `bundle` and `thirdPartyNotices`.
 */
export async function zipStateService(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'state-service-'))
  try {
    const outfile = join(folder, 'host.cjs')
    const metafile = await bundle({
      ...{ entry: 'state-service/host.ts', outfile, name: 'the state service' },
      // The worker answers this one itself, to whoever requires it (nodejs-worker setupCoreModule.ts:46-55): there is no such
      // package to be had. It is why the bundle is CommonJS.
      external: ['@azure/functions-core'],
    })
    const manifest = { ...(readJson(join(root, 'state-service/package.json')) as object), version: readVersion() }
    const files = {
      'host.cjs': readFileSync(outfile),
      'host.json': readFileSync(join(root, 'state-service/host.json')),
      'package.json': Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`),
      'LICENSE.txt': readFileSync(join(root, 'LICENSE')),
      'ThirdPartyNotices.txt': Buffer.from(thirdPartyNotices(packageFolders(metafile), 'The state service')),
    }
    return zipSync(files, { level: 9, mtime })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
