// npm run package:state-service: leaves the function app of the state service as out/state-service.zip.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './packaging/project.ts'
import { zipStateService } from './packaging/state-service.ts'
import { outFolder } from './packaging/vsix.ts'

const path = join(outFolder, 'state-service.zip')
try {
  // One that is left from before must not be deployed in place of one that could not be made.
  rmSync(path, { force: true })
  const zip = await zipStateService()
  mkdirSync(outFolder, { recursive: true })
  writeFileSync(path, zip)
  console.log(`${relative(root, path)}: ${zip.length} bytes`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
