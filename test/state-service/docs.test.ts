import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/packaging/project.ts'
import { bicepOf, listIn } from './infra/bicep.ts'

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
  it('lists the actions of the role that the service looks at apps with', () => {
    const page = textOf('docs/state-service.md')
    const role = JSON.parse(/```json\n(\{\s+"Name"[\s\S]*?)```/.exec(page)?.[1] ?? '') as { Actions: readonly string[] }
    const actions = listIn(bicepOf('read-access.bicep'), 'actions')
    assert.deepEqual(role.Actions, actions)
    const [, cell = ''] = /\| a custom role: ([^|]+) \|/.exec(page) ?? []
    const named = [...cell.matchAll(/`(?:Microsoft\.Web\/)?([^`]+)`/g)].map(([, name]) => `Microsoft.Web/${name}`)
    assert.deepEqual(named, actions)
  })

  it('leads to no heading that is not there', () => {
    const page = textOf('docs/state-service.md')
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))
    const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
    assert.ok(links.length > 1)
    assert.deepEqual(
      links.filter((link) => !anchors.includes(link)),
      [],
    )
  })
})
