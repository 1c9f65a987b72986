import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { anchorOf } from '../../scripts/manifest-checks/extension-checks.ts'
import { outdatedPages, taskPages } from '../../scripts/docs.ts'
import { root } from '../../scripts/packaging/project.ts'

describe('The pages of the tasks', () => {
  it('say what task.json says; if not, run npm run docs', () => {
    assert.deepEqual(outdatedPages(taskPages()), [])
  })

  it('are there for every task, and for nothing else', () => {
    const pages = taskPages().map(({ path }) => path.slice('docs/tasks/'.length))
    assert.deepEqual(readdirSync(join(root, 'docs/tasks')).sort(), pages.sort())
  })
})

describe('Every link between our pages', () => {
  const inFolders = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  const atRoot = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
  for (const page of [...atRoot, ...inFolders.filter((file) => file.endsWith('.md'))]) {
    it(`${page} links to files and headings that are there`, () => {
      const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
      const broken = targets.filter((target) => !/^(https?:|mailto:)/.test(target) && !leadsSomewhere(page, target))
      assert.deepEqual(broken, [])
    })
  }
})

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(root, page) : join(root, dirname(page), path)
  if (!existsSync(file)) return false
  if (anchor === undefined) return true
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ +(.*)$/gm)]
  return headings.some((match) => anchorOf(match[1] ?? '') === anchor)
}
