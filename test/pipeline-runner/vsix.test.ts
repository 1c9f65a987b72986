import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { unpackVsix } from '../../pipeline-runner/vsix.ts'
import { fixture, taskOf, vsixOf } from './fixture.ts'

const files = fixture()
after(() => files.dispose())

let count = 0
function vsix(content: Uint8Array | string): { path: string; folder: string } {
  const path = join(files.folder, `${count++}.vsix`)
  writeFileSync(path, content)
  return { path, folder: `${path}.d` }
}

const json = JSON.stringify(taskOf('Swap'))

describe('An extension package', () => {
  it('gives its tasks by short name, full name and id', () => {
    const { path, folder } = vsix(
      vsixOf({ 'tasks/Swap/SwapV1/task.json': json, 'tasks/Swap/SwapV1/index.cjs': '' }, ['Swap']),
    )
    const index = unpackVsix(path, folder)
    for (const name of ['Swap@1', 'swap@1', 'acme.tools.swap-task.Swap@1', '00000000-0000-4000-8000-000000000001@1']) {
      assert.equal(index.find(name)?.folder, join(folder, 'tasks/Swap/SwapV1'), name)
    }
    assert.equal(index.find('Swap@2'), undefined)
    assert.deepEqual(index.names(), ['Swap@1'])
    assert.ok(existsSync(join(folder, 'tasks/Swap/SwapV1/index.cjs')))
  })

  it('may keep a task without a folder for its version', () => {
    const { path, folder } = vsix(vsixOf({ 'tasks/Swap/task.json': json }, ['Swap']))
    assert.equal(unpackVsix(path, folder).find('Swap@1')?.folder, join(folder, 'tasks/Swap'))
  })

  it('may hold agentless tasks, which do not run here', () => {
    const gate = JSON.stringify({ ...taskOf('Gate'), execution: { HttpRequest: {} } })
    const { path, folder } = vsix(vsixOf({ 'tasks/Gate/GateV1/task.json': gate }, ['Gate']))
    assert.deepEqual(unpackVsix(path, folder).names(), [])
  })

  const refused: [what: string, content: Uint8Array | string, says: RegExp][] = [
    ['that is no zip', 'hello', /^Could not read the extension package '.*'/],
    ['without a manifest', vsixOf({ 'extension.vsixmanifest': '' }, []), /does not say its publisher and id/],
    ['with a file outside its folder', vsixOf({ '../../evil': 'x' }, []), /would land outside its folder/],
  ]
  for (const [what, content, says] of refused) {
    it(`${what} is refused`, () => {
      const { path, folder } = vsix(content)
      assert.throws(() => unpackVsix(path, folder), { message: says })
    })
  }

  it('that is not there is refused', () => {
    assert.throws(() => unpackVsix('/no/such.vsix', files.folder), {
      message: /Could not read the extension package '\/no\/such.vsix'/,
    })
  })
})
