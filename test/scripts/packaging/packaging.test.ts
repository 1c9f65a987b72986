import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFolders, statefulTwice } from '../../../scripts/packaging/bundle.ts'
import { licenceText } from '../../../scripts/packaging/notices.ts'
import { checkVsix, limits, warningsIn } from '../../../scripts/packaging/vsix.ts'

function metafile(...paths: string[]) {
  const inputs = Object.fromEntries(paths.map((path) => [path, { bytesInOutput: 1 }]))
  return { inputs: {}, outputs: { 'index.js': { bytes: 1, inputs, imports: [], exports: [] } } }
}

describe('A bundle', () => {
  it('knows the packages in it, scoped and nested ones too', () => {
    const seen = metafile('core/a.ts', 'node_modules/axios/lib/a.js', 'node_modules/x/node_modules/@azure/b/dist/c.js')
    assert.deepEqual(packageFolders(seen), ['node_modules/axios', 'node_modules/x/node_modules/@azure/b'])
  })

  it('may not hold a stateful package twice', () => {
    const seen = metafile('node_modules/@azure/logger/a.js', 'node_modules/x/node_modules/@azure/logger/a.js')
    assert.deepEqual(statefulTwice(seen), ['@azure/logger'])
  })

  it('may hold two versions of a package without state', () => {
    assert.deepEqual(statefulTwice(metafile('node_modules/ms/a.js', 'node_modules/x/node_modules/ms/a.js')), [])
  })
})

describe('The output of tfx', () => {
  it('is fine without warnings', () => {
    assert.deepEqual(warningsIn('=== Completed operation: create extension ===\n - VSIX: out/a.vsix'), [])
  })

  for (const line of [
    'warning: Please, make sure the task.json file is correct. In the future, this warning will be treated as an error.',
    "warning: Multiple values found for 'name'. Ignoring future occurrences",
    'WARNING: File LICENSE does not have an extension',
  ]) {
    it(`warns with "${line.slice(0, 60)}…"`, () => {
      assert.deepEqual(warningsIn(`fine\n${line}\nfine`), [line])
    })
  }
})

describe('A finished package', () => {
  const good = { bytes: 1_000_000, files: ['ThirdPartyNotices.txt', 'tasks/A/AV1/index.js'] }

  it('within the limits is good', () => {
    assert.deepEqual(checkVsix(good), [])
  })

  it('is refused when it is too big', () => {
    assert.match(checkVsix({ ...good, bytes: limits.bytes + 1 }).join(), /bytes; at most 3200000/)
  })

  it('is refused when it has too many files', () => {
    const files = [...good.files, ...Array.from({ length: 120 }, (_, index) => `a${index}`)]
    assert.match(checkVsix({ ...good, files }).join(), /122 files; at most 120/)
  })

  it('is refused when a source map is in it', () => {
    assert.match(checkVsix({ ...good, files: [...good.files, 'a.js.map'] }).join(), /'a.js.map'/)
  })

  it('is refused when the notices are not in it', () => {
    assert.match(checkVsix({ ...good, files: [] }).join(), /ThirdPartyNotices/)
  })
})

describe('The licence of a package', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'licence-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  for (const file of ['LICENSE', 'LICENSE.md', 'license.txt', 'LICENCE', 'COPYING']) {
    it(`is read from ${file}`, () => {
      writeFileSync(join(folder, file), 'Permission is granted\r\n')
      assert.equal(licenceText(folder), 'Permission is granted')
    })
  }

  it('is read from the readme where it is spelled out there', () => {
    const text = 'Permission is hereby granted. '.repeat(20).trim()
    writeFileSync(join(folder, 'README.md'), `# a\n\n## License\n\n${text}\n\n## Authors\n\nus\n`)
    assert.equal(licenceText(folder), text)
  })

  it('is missing where there is only a link, or nothing', () => {
    mkdirSync(join(folder, 'lib'))
    assert.equal(licenceText(folder), undefined)
    writeFileSync(join(folder, 'README.md'), '## License\n\n[MIT](https://example.com)\n')
    assert.equal(licenceText(folder), undefined)
  })
})
