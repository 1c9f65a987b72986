import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listTaskFolders, root } from '../../scripts/packaging/project.ts'

/**
 * The agent starts `postjobexecution` whatever became of the job, of a skipped step too (JobExtension.cs:413). A bundle
 * that did not ask which of its two parts it is would do its work once more at the end of each job.
 */
describe('What a task does at the end of its job', () => {
  const parts = listTaskFolders().filter(({ manifest }) => manifest.postjobexecution !== undefined)

  it('is for RotateTaskHub alone, the one task that leaves a lock behind', () => {
    assert.deepEqual(
      parts.map(({ version }) => version),
      ['RotateTaskHubV1'],
    )
  })

  for (const { path, version, manifest } of parts) {
    it(`${version} starts end-of-job.cjs for it, which sets the mark before it loads the bundle`, () => {
      const targets = Object.values(manifest.postjobexecution ?? {}).map((handler) => JSON.stringify(handler))
      assert.deepEqual([...new Set(targets)], ['{"target":"end-of-job.cjs"}'])
      const code = readFileSync(join(root, path, 'end-of-job.cjs'), 'utf8')
      const statements = code.split('\n').filter((line) => line !== '' && !line.startsWith('//'))
      assert.deepEqual(statements, ['globalThis.durableSafeDeploymentEndOfJob = true', "require('./index.js')"])
    })

    it(`${version} asks for the mark before it does anything`, () => {
      const code = readFileSync(join(root, path, 'index.ts'), 'utf8')
      assert.match(code, /^if \(isEndOfJob\(\)\) \{\n {2}runEndOfJob\([\s\S]*^\} else \{\n {2}runTask\([\s\S]*^\}\n$/m)
      assert.equal(code.match(/runTask\(/g)?.length, 1)
    })
  }
})
