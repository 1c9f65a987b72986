import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { currentPackage, packageInOut } from '../../../scripts/packaging/packaged.ts'

describe('The package in out/', () => {
  let base = ''

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'packaged-'))
    write('package.json', 100)
    write('core/swap/plan.ts', 100)
    age('core/swap', 100)
    age('core', 100)
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  it('is not there on a fresh clone', () => {
    assert.equal(packageInOut(base), undefined)
    assert.equal(currentPackage(base), undefined)
  })

  it('is used as it is where no source is newer', () => {
    const vsix = write('out/it.vsix', 200)
    assert.equal(currentPackage(base), vsix)
  })

  it('is too old where a source has changed since', () => {
    const vsix = write('out/it.vsix', 200)
    write('core/swap/plan.ts', 300)
    assert.equal(currentPackage(base), undefined)
    assert.equal(packageInOut(base), vsix)
  })

  it('is too old where a source has gone since', () => {
    write('out/it.vsix', 200)
    rmSync(join(base, 'core/swap/plan.ts'))
    age('core/swap', 300)
    assert.equal(currentPackage(base), undefined)
  })

  it('is not made of the tests', () => {
    const vsix = write('out/it.vsix', 200)
    write('test/swap.test.ts', 300)
    assert.equal(currentPackage(base), vsix)
  })

  function write(path: string, second: number): string {
    const file = join(base, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, path)
    age(path, second)
    return file
  }

  function age(path: string, second: number): void {
    utimesSync(join(base, path), second, second)
  }
})
