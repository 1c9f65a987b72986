import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { zipSync } from 'fflate'

const app = join(import.meta.dirname, 'app')

/** Zips the sample app as the given version and returns the path of the zip. */
export function packVersion(version: string, folder: string): string {
  const file = (name: string): Uint8Array => readFileSync(join(app, name))
  const manifest = { ...(JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as object), version }
  const zip = join(folder, `orders-${version}.zip`)
  const files = { 'host.json': file('host.json'), 'functions.mjs': file('functions.mjs') }
  writeFileSync(zip, zipSync({ ...files, 'package.json': Buffer.from(JSON.stringify(manifest)) }))
  return zip
}
