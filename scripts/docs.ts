// npm run docs [-- --check]: writes docs/tasks/<Task>.md from task.json and the hand-written tasks/<Task>/README.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { taskPage } from './docs/task-page.ts'
import { listTaskFolders, root } from './packaging/project.ts'

export type Page = { readonly path: string; readonly text: string }

/** The pages as they must be: one of each task, of its newest version. */
export function taskPages(): Page[] {
  const newest = new Map(listTaskFolders().map((folder) => [folder.task, folder]))
  return [...newest.values()].map(({ task, major, manifest }) => {
    const notes = join(root, 'tasks', task, 'README.md')
    if (!existsSync(notes)) throw new Error(`tasks/${task}/README.md is missing: what the task does, in words.`)
    return { path: `docs/tasks/${task}.md`, text: taskPage(manifest, major, readFileSync(notes, 'utf8')) }
  })
}

/** Pages that are not on disk as they must be. */
export function outdatedPages(pages: readonly Page[]): string[] {
  return pages
    .filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(({ path }) => path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const pages = taskPages()
  const outdated = outdatedPages(pages)
  if (process.argv.includes('--check')) {
    for (const path of outdated) console.error(`${path} is not what task.json says. Run npm run docs.`)
    process.exitCode = outdated.length > 0 ? 1 : 0
  } else {
    for (const { path, text } of pages) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    console.log(`${pages.length} pages in docs/tasks, ${outdated.length} of them changed.`)
  }
}
