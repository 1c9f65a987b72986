import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stockFolder, stockModules } from '../../bench/stock/stock.ts'
import { root } from '../../scripts/packaging/project.ts'

const read = (...path: string[]) => readFileSync(join(...path), 'utf8')

describe('the code of the stock task', () => {
  it('is named by exact versions, and its lock file by hashes and no address', () => {
    const { dependencies } = JSON.parse(read(stockFolder, 'package.json')) as { dependencies: Record<string, string> }
    const lock = JSON.parse(read(stockFolder, 'package-lock.json')) as {
      packages: Record<string, { integrity?: string; resolved?: string; dependencies?: Record<string, string> }>
    }
    assert.ok(Object.values(dependencies).every((version) => /^\d+\.\d+\.\d+$/.test(version)))
    assert.deepEqual(lock.packages['']?.dependencies, dependencies)
    for (const [name, { integrity, resolved }] of Object.entries(lock.packages)) {
      assert.equal(resolved, undefined, name)
      assert.ok(name === '' || integrity !== undefined, name)
    }
  })

  it('is no dependency of the extension', () => {
    assert.doesNotMatch(read(root, 'package.json') + read(root, 'package-lock.json'), /azure-arm-rest/)
  })

  it('is loaded for the start-up by the modules that the driver loads, among others', () => {
    const driver = read(stockFolder, 'swap.mjs')
    const loaded = [...driver.matchAll(/require\('([^']+)'\)/g)].map(([, name]) => name)
    assert.equal(loaded.length, 4)
    for (const name of loaded)
      assert.ok(
        stockModules.some((module) => module === name),
        name,
      )
  })
})
