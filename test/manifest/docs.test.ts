import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
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
