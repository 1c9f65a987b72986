import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { checkExecution } from './manifest-checks/execution-checks.ts'
import { checkExtension } from './manifest-checks/extension-checks.ts'
import { checkInputs } from './manifest-checks/input-checks.ts'
import type { PackageContents, Problem } from './manifest-checks/package-contents.ts'
import { pngSize } from './manifest-checks/png.ts'
import { checkIds, checkTask } from './manifest-checks/task-checks.ts'
import {
  listTaskFolders,
  readExtensionManifest,
  readJson,
  readVersion,
  root,
  stageFolder,
} from './packaging/project.ts'

/** All that is wrong with a package before tfx sees it: what tfx checks, what it only warns about, and what it lacks. */
export function checkManifests(contents: PackageContents): Problem[] {
  return [
    ...checkExtension(contents),
    ...checkIds(contents),
    ...contents.tasks.flatMap((task) => [
      ...checkTask(task),
      ...checkInputs(task),
      ...checkExecution(task, contents.files),
    ]),
  ]
}

/** Reads the staged tree. `releaseIds` is false for a developer's own build, whose GUIDs are its own. */
export function readStage({ releaseIds }: { releaseIds: boolean }, base = stageFolder): PackageContents {
  const files = readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length + 1)
        .split(sep)
        .join('/'),
    )
    .filter((file) => !file.startsWith('maps/'))
  const sizes = files
    .filter((file) => file.endsWith('.png'))
    .flatMap((file) => {
      const size = pngSize(readFileSync(join(base, file)))
      return size ? [[file, size] as const] : []
    })
  const ids = readJson(join(root, 'scripts', 'manifest-checks', 'task-ids.json')) as Record<string, string>
  return {
    packageVersion: readVersion(),
    extension: readExtensionManifest(base),
    tasks: listTaskFolders(base),
    files,
    overview: files.includes('overview.md') ? readFileSync(join(base, 'overview.md'), 'utf8') : '',
    imageSizes: Object.fromEntries(sizes),
    fixedIds: releaseIds ? ids : {},
  }
}
