import assert from 'node:assert/strict'
import { editionFrom, stampExtension, stampTask, uuidV5 } from '../../scripts/packaging/edition.ts'
import { listTaskFolders, readExtensionManifest } from '../../scripts/packaging/project.ts'

const extension = readExtensionManifest()
const folders = listTaskFolders()
const stamp = (publisher?: string) =>
  folders.map(({ manifest, major }) =>
    stampTask(manifest, {
      version: '1.4.7',
      major,
      edition: publisher === undefined ? { kind: 'release' } : { kind: 'dev', publisher },
      extension: extension.id,
    }),
  )

describe("A developer's own build", () => {
  it('can be published beside the real extension', () => {
    const dev = stampExtension(extension, '1.4.7', { kind: 'dev', publisher: 'anna' })

    assert.notEqual(dev.id, extension.id)
    assert.notEqual(dev.name, extension.name)
    assert.equal(dev.publisher, 'anna')
    assert.equal(dev.public, false)
  })

  it('has other GUIDs, names and friendly names for every task', () => {
    const release = stamp()
    const dev = stamp('anna')

    for (const key of ['id', 'name', 'friendlyName'] as const) {
      const both = [...release, ...dev].map((task) => task[key].toLowerCase())
      assert.equal(new Set(both).size, both.length, key)
    }
    assert.ok(dev.every(({ friendlyName }) => friendlyName.length <= 40))
  })

  it('keeps its GUIDs from build to build, and shares none with another developer', () => {
    assert.deepEqual(stamp('anna'), stamp('anna'))
    const ids = [...stamp('anna'), ...stamp('ben')].map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
  })
})

describe('The release build', () => {
  it('keeps GUIDs and names, and takes its version from package.json', () => {
    for (const [index, task] of stamp().entries()) {
      const { manifest, major } = folders[index] ?? assert.fail()
      assert.equal(task.id, manifest.id)
      assert.equal(task.name, manifest.name)
      assert.deepEqual(task.version, { Major: major, Minor: 4, Patch: 7 })
    }
    assert.equal(stampExtension(extension, '1.4.7', { kind: 'release' }).version, '1.4.7')
  })
})

describe('uuidV5', () => {
  it('gives what RFC 9562 gives for a name in the URL namespace', () => {
    // The value that Python's uuid.uuid5(uuid.NAMESPACE_URL, …) gives.
    assert.equal(uuidV5('https://example.com/'), 'dd2c1780-811a-5296-81c5-178a0ef488bc')
  })
})

describe('editionFrom', () => {
  it('builds the release without arguments', () => {
    assert.deepEqual(editionFrom([]), { kind: 'release' })
  })

  it('builds for the publisher that --dev names', () => {
    assert.deepEqual(editionFrom(['--dev', 'anna-b']), { kind: 'dev', publisher: 'anna-b' })
  })

  for (const args of [['--dev'], ['--dev', ''], ['--dev', 'a b'], ['--dev', 'a', 'b'], ['--prod'], ['release']]) {
    it(`refuses '${args.join(' ')}'`, () => {
      assert.throws(() => editionFrom(args), /'/)
    })
  }
})
