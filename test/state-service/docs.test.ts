import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/packaging/project.ts'

const textOf = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

describe('The page of the state service', () => {
  const table = /## Settings\n([\s\S]*?)\n## /.exec(textOf('docs/state-service.md'))?.[1] ?? ''
  const documented = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) => [
    ...[...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  ])
  const read = ['config.ts', 'http/access-settings.ts'].flatMap((name) => [
    ...[...textOf('state-service', name).matchAll(/read\.(?:text|fitting|url|json)\('(\w+)'/g)].map(
      ([, each = '']) => each,
    ),
  ])

  it('lists every setting that the service reads, and no other', () => {
    assert.ok(read.length > 10)
    const ofStorage = ['StateStorage', 'StateStorage__accountName', 'StateStorage__tableServiceUri']
    assert.deepEqual(documented.toSorted(), [...new Set([...read, ...ofStorage])].toSorted())
  })
})
