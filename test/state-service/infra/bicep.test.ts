// What can drift between the Bicep files and the code. That they compile and deploy is not shown here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/packaging/project.ts'
import { readConfig } from '../../../state-service/config.ts'
import { bicepOf, blockAfter, textIn } from './bicep.ts'

const main = bicepOf('main.bicep')
const readAccess = bicepOf('read-access.bicep')

/** learn: role-based-access-control/built-in-roles */
const builtInRoles: Readonly<Record<string, string>> = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  'Storage Queue Data Message Sender': 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a',
  'Storage Queue Data Reader': '19e7f393-937e-4f77-808e-94535e297925',
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  'Storage Table Data Reader': '76199698-9eea-4c19-bc75-cec21354c6b6',
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
}
const rolesOf = (bicep: string) =>
  [...bicep.matchAll(/\{ name: '([^']+)', id: '([^']+)' \}/g)].map(([, name = '', id = '']) => [name, id] as const)
const guids = (bicep: string) => bicep.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []

/** Name and expression of each app setting. */
const settings = new Map(
  [...blockAfter(blockAfter(main, 'resource settings '), 'properties:').matchAll(/^ {4}(\w+): (.+)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  ),
)
/** What Azure itself reads. */
const ofTheHost = /^(?:AzureWebJobsStorage__\w+|APPLICATIONINSIGHTS_\w+|FUNCTIONS_\w+)$/

describe('The Bicep files of the state service', () => {
  it('call each role by the name that belongs to its id, and use no other id', () => {
    const roles = [...rolesOf(main), ...rolesOf(readAccess)]
    assert.equal(roles.length, 8)
    for (const [name, id] of roles) assert.equal(id, builtInRoles[name], name)
    assert.equal(guids(main).length + guids(readAccess).length, roles.length)
  })

  it('give what is watched to readers only', () => {
    for (const [name] of rolesOf(readAccess)) assert.match(name, / Data Reader$/)
    const actions = readAccess.match(/'Microsoft\.Web\/[^']+(?:\/read|\/list\/action)'/g) ?? []
    assert.equal(actions.length, (readAccess.match(/'Microsoft\.Web\/sites\/[^'@]+'/g) ?? []).length)
    assert.ok(!/dataActions|\*/.test(blockAfter(readAccess, 'resource lookAtApps')))
  })

  it('make no role where one is given, and assign that one', () => {
    const made = /resource lookAtApps '[^']+' = if \(([^\n]+)\) \{/.exec(readAccess)?.[1]
    assert.equal(made, '!empty(apps) && empty(roleDefinitionId)')
    assert.ok(readAccess.includes('var lookRoleId = empty(roleDefinitionId) ? lookAtApps.id : roleDefinitionId\n'))
    assert.match(blockAfter(readAccess, 'resource mayLook '), /roleDefinitionId: lookRoleId\b/)
    const given = blockAfter(blockAfter(main, 'module readAccess '), 'params:')
    assert.ok(given.includes("roleDefinitionId: group.?lookRoleDefinitionId ?? ''"))
    assert.match(blockAfter(main, 'type watchedGroup '), /^ {2}lookRoleDefinitionId: string\?$/m)
  })

  it('say with which roles they can be deployed, as the example and the page do', () => {
    for (const path of ['state-service/infra/main.bicep', 'examples/state-service.yml', 'docs/state-service.md']) {
      const text = readFileSync(join(root, path), 'utf8').replaceAll(/\s*\n(?:\/\/|#)?\s*/g, ' ')
      // A custom role is made, which Role Based Access Control Administrator may not.
      assert.ok(text.includes('Owner, or Contributor and User Access Administrator, on '), path)
    }
  })

  it('say that without keys and tokens nobody is answered', () => {
    const [, said = ''] = /@description\('([^']*)'\)\n@secure\(\)\nparam serviceKeys/.exec(main) ?? []
    assert.match(said, /Without keys, and without entraAudience and entraCallers,.* nobody could call the service/)
  })

  it('ask Flex Consumption for no fewer instances than it takes', () => {
    const [, least, fallback] =
      /@minValue\((\d+)\)\n@maxValue\(1000\)\nparam maximumInstanceCount int = (\d+)/.exec(main) ?? []
    assert.equal(least, '40')
    assert.ok(Number(fallback) >= 40)
  })

  it('set only settings that the service reads', () => {
    const sources = ['config.ts', 'http/access-settings.ts'].map((name) =>
      readFileSync(join(root, 'state-service', name), 'utf8'),
    )
    const unknown = [...settings.keys()].filter(
      (name) =>
        !ofTheHost.test(name) &&
        !/^StateStorage__(?:table|queue)ServiceUri$/.test(name) &&
        !sources.some((text) => text.includes(`'${name}'`)),
    )
    assert.deepEqual(unknown, [])
    assert.ok(settings.size > 15)
  })

  it('make settings that the service takes', () => {
    const [account, guid] = ['https://dfstate.%s.core.windows.net/', '11111111-1111-1111-1111-111111111111']
    const apps = [{ name: 'shop', resourceGroup: 'shop-rg', subscriptionId: guid, taskHubSetting: 'Hub' }]
    const values: Readonly<Record<string, string>> = {
      'storage.properties.primaryEndpoints.table': account.replace('%s', 'table'),
      'storage.properties.primaryEndpoints.queue': account.replace('%s', 'queue'),
      stateTableName: textIn(main, 'stateTableName'),
      'string(watchedApps)': JSON.stringify(apps),
      'subscription().subscriptionId': guid,
      serviceKeys: JSON.stringify({ gate: { sha256: 'a'.repeat(64), scopes: ['read'] } }),
      "empty(entraAudience) ? '' : tenant().tenantId": guid,
      entraAudience: `api://${guid}`,
      "empty(entraCallers) ? '' : string(entraCallers)": JSON.stringify({ [guid]: ['read'] }),
      'environment().resourceManager': 'https://management.azure.com/',
      'environment().authentication.loginEndpoint': 'https://login.microsoftonline.com/',
      'environment().suffixes.storage': 'core.windows.net',
    }
    const ours = [...settings].filter(([name]) => !ofTheHost.test(name))
    for (const [name, expression] of ours) assert.ok(expression in values, `${name}: ${expression}`)
    const config = readConfig(Object.fromEntries(ours.map(([name, expression]) => [name, values[expression]])))
    assert.equal(config.state.table, 'SafeDeploymentState')
    assert.equal(config.apps[0]?.taskHubSetting, 'Hub')
    assert.equal(config.azure.armScope, 'https://management.azure.com/.default')
    assert.equal(config.access.entra?.tenantId, guid)

    const withoutTokens = ours.filter(([name]) => !name.startsWith('Entra') || name === 'EntraAuthorityUrl')
    const empty = { EntraTenantId: '', EntraAudience: '', EntraCallers: '' }
    const bare = Object.fromEntries(withoutTokens.map(([name, expression]) => [name, values[expression]]))
    assert.equal(readConfig({ ...bare, ...empty }).access.entra, undefined)
  })

  it('deliver events to the queue that the service reads', () => {
    const host = readFileSync(join(root, 'state-service/host.ts'), 'utf8')
    assert.ok(host.includes(`const eventQueue = '${textIn(main, 'eventQueueName')}'`))
    assert.match(blockAfter(main, 'resource toQueue'), /queueName: eventQueueName\b/)
    assert.match(blockAfter(main, 'resource eventQueue '), /name: eventQueueName\b/)
    assert.ok(host.includes("connection: 'StateStorage'"))
    assert.ok(settings.has('StateStorage__queueServiceUri'))
    const types = /includedEventTypes: \[\s*'(\w+)'\s*\]/.exec(main)?.[1]
    assert.ok(
      readFileSync(join(root, 'state-service/events/event-grid.ts'), 'utf8').includes(`lifecycleType = '${types}'`),
    )
  })

  it('let no key open the storage, and keep no key as plain text', () => {
    assert.match(blockAfter(main, 'resource storage '), /allowSharedKeyAccess: false/)
    assert.match(main, /@secure\(\)\nparam serviceKeys string/)
    assert.ok(!/listKeys|AccountKey|^output .*[kK]eys?\b/m.test(main + readAccess))
  })

  for (const [file, bicep] of [
    ['main.bicep', main],
    ['read-access.bicep', readAccess],
  ] as const) {
    const code = bicep.replaceAll(/\/\/.*$/gm, '').replaceAll(/@description\('[^']*'\)/g, '')
    const declared = [...code.matchAll(/^(?:param|var|resource|module|type) (\w+)/gm)].map(([, name = '']) => name)

    it(`${file} declares each name once, and uses it`, () => {
      assert.equal(new Set(declared).size, declared.length)
      for (const name of declared) {
        const uses = code
          .replaceAll(new RegExp(`^ *${name}:`, 'gm'), '')
          .match(new RegExp(`(?<![.\\w'])${name}\\b`, 'g'))
        const isEnd = new RegExp(`^(?:resource|module) ${name} `, 'm').test(code)
        assert.ok((uses?.length ?? 0) > 1 || isEnd, name)
      }
    })

    it(`${file} uses no name that it does not declare`, () => {
      const local = [...code.matchAll(/\bfor \(?(\w+)(?:, (\w+)\))? in\b|\b(\w+) =>/g)].flatMap((found) =>
        found.slice(1),
      )
      // Of a text only what stands in it as `${…}`.
      const plain = code.replaceAll(/'[^'\n]*'/g, (text) =>
        [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, inside]) => inside).join(' '),
      )
      const roots = [...plain.matchAll(/(?<![.\w'])([a-zA-Z]\w*)\.[a-zA-Z?]/g)].map(([, name]) => name)
      const after = [...plain.matchAll(/\b(?:in|parent:|scope:) ([a-zA-Z]\w*)(?=$|:|\[)/gm)].map(([, name]) => name)
      const needed = [...plain.matchAll(/dependsOn: \[([^\]]*)\]/g)].flatMap(([, list]) => list?.match(/\w+/g) ?? [])
      assert.ok(roots.length + after.length + needed.length > 10)
      assert.deepEqual(
        [...roots, ...after, ...needed].filter((name = '') => !declared.includes(name) && !local.includes(name)),
        [],
      )
    })

    it(`${file} closes what it opens`, () => {
      const open: string[] = []
      for (const [mark] of code.matchAll(/[{}[\]()]/g)) {
        const opening = { '}': '{', ']': '[', ')': '(' }[mark]
        if (opening === undefined) open.push(mark)
        else assert.equal(open.pop(), opening)
      }
      assert.deepEqual(open, [])
    })
  }

  it('start the module with the parameters that it has', () => {
    const given = blockAfter(blockAfter(main, 'module readAccess '), 'params:')
    const names = [...given.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name)
    const taken = [...readAccess.matchAll(/^param (\w+)/gm)].map(([, name = '']) => name)
    assert.deepEqual(names, taken)
  })
})

describe('The example that deploys the state service', () => {
  const example = readFileSync(join(root, 'examples/state-service.yml'), 'utf8')

  it('gives main.bicep parameters that it has, and all that it needs', () => {
    const given = [...example.matchAll(/--parameters (\w+)=/g)].map(([, name]) => name)
    const params = [...main.matchAll(/^param (\w+) [^=\n]+(=.*)?$/gm)]
    const needed = params.flatMap(([, name, fallback]) => (fallback === undefined ? [name] : []))
    assert.deepEqual(
      given.filter((name) => !params.some(([, each]) => each === name)),
      [],
    )
    assert.deepEqual(
      needed.filter((name) => !given.includes(name)),
      [],
    )
  })

  it('points an app at the topic by the outputs that there are', () => {
    for (const name of ['topicEndpoint', 'topicName']) {
      assert.match(main, new RegExp(`^output ${name} `, 'm'))
      assert.ok(example.includes(name))
    }
  })
})

describe('host.json of the state service', () => {
  const host = JSON.parse(readFileSync(join(root, 'state-service/host.json'), 'utf8')) as {
    readonly functionTimeout: string
    readonly extensions: { readonly http: { routePrefix: string }; readonly queues: Record<string, unknown> }
    readonly logging: { readonly logLevel: Record<string, string> }
  }

  it('has the prefix of the documented addresses, and leaves messages as they are', () => {
    assert.equal(host.extensions.http.routePrefix, 'api')
    assert.equal(host.extensions.queues['messageEncoding'], 'none')
  })

  it('gives the timer longer than it takes itself', () => {
    const [hours = 0, minutes = 0] = host.functionTimeout.split(':').map(Number)
    const own = /reconcileMs = (\d+) \* 60_000/.exec(readFileSync(join(root, 'state-service/host.ts'), 'utf8'))?.[1]
    assert.ok(hours * 60 + minutes > Number(own))
  })
})
