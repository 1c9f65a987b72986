import assert from 'node:assert/strict'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { AzureFailure } from '../../../../core/failures.ts'
import { production } from '../../../../core/function-app/picture.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, shop, staging, startScriptedServer } from '../scripted-server.ts'

const slotPath = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/shop/slots/staging'

describe('the functions of a slot through Azure Resource Manager', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const secrets: string[] = []
  const connect = () =>
    armFunctionApps({
      armUrl: server.url,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 'https://arm.example/.default',
      transport: server.transport,
      onSecret: (secret) => secrets.push(secret),
      clock: instantClock(),
    })
  const bindings = (...types: unknown[]) => ({ config: { bindings: types.map((type) => ({ type })) } })
  const list = (value: unknown, nextLink?: string): Reply => ({ status: 200, json: { value, nextLink } })
  const isUnreadable = (error: unknown) => error instanceof AzureFailure && error.kind === 'unreadable'

  it('are listed with their trigger and whether they are disabled, page by page', async () => {
    const first = {
      name: 'shop/staging/Nightly',
      properties: { name: 'Nightly', isDisabled: true, ...bindings('timerTrigger') },
    }
    const second = { name: 'shop/staging/Start', properties: { isDisabled: false, ...bindings('http', 'httpTrigger') } }
    const odd = { name: 'shop/staging/Odd', properties: { config: {} } }
    server.answer(({ query }) =>
      query.has('more') ? list([second, odd]) : list([first], `${server.url}${slotPath}/functions?more=1`),
    )

    const functions = await connect().functions.list(shop, staging, never)

    assert.equal(server.asked[0]?.path, `${slotPath}/functions`)
    assert.deepEqual(functions, [
      { name: 'Nightly', trigger: 'timerTrigger', isDisabled: true },
      { name: 'Start', trigger: 'httpTrigger', isDisabled: false },
      { name: 'Odd' },
    ])
  })

  for (const [what, item] of [
    ['without a name', { properties: {} }],
    ['of texts', 'Nightly'],
  ] as const) {
    it(`are unreadable in a list ${what}`, async () => {
      server.answer(() => list([item]))

      await assert.rejects(connect().functions.list(shop, staging, never), isUnreadable)
    })
  }

  it('are told by the host itself', async () => {
    server.answer(() => ({
      status: 200,
      json: [{ name: 'Nightly', isDisabled: true, ...bindings('timerTrigger', 7) }],
    }))

    const running = await connect().functions.running(shop, staging, never)

    assert.equal(server.asked[0]?.path, `${slotPath}/hostruntime/admin/functions`)
    assert.deepEqual(running, {
      kind: 'known',
      functions: [{ name: 'Nightly', trigger: 'timerTrigger', isDisabled: true }],
    })
  })

  const unknown: readonly (readonly [string, Reply])[] = [
    ['denies it', { status: 403, json: { error: { code: 'AuthorizationFailed', message: 'no' } } }],
    ['is down', { status: 400, json: { error: { code: 'BadRequest', message: 'host runtime' } } }],
    ['answers with something else', { status: 200, json: { value: [] } }],
    ['lists one without a name', { status: 200, json: [{ isDisabled: true }] }],
  ]
  for (const [what, reply] of unknown) {
    it(`are not known where the host ${what}`, async () => {
      server.answer(() => reply)

      assert.equal((await connect().functions.running(shop, staging, never)).kind, 'unknown')
    })
  }

  it('keep all lists of names that stay with their slot', async () => {
    const properties = {
      connectionStringNames: ['Db'],
      appSettingNames: ['Mine'],
      azureStorageConfigNames: null,
      other: 1,
    }
    server.answer(() => ({ status: 200, json: { properties } }))

    const names = await connect().functions.stickyNames(shop, never)
    await connect().functions.writeStickyNames(shop, { ...names, appSettings: ['Mine', 'More'] }, never)

    assert.deepEqual(names.appSettings, ['Mine'])
    const [, put] = server.asked
    assert.equal(put?.method, 'PUT')
    assert.match(put.path, /\/sites\/shop\/config\/slotConfigNames$/)
    assert.deepEqual(JSON.parse(put.body), { properties: { ...properties, appSettingNames: ['Mine', 'More'] } })
  })

  const writes: readonly (readonly [string, Reply, Partial<AzureFailure>])[] = [
    ['may have happened after 500', { status: 500 }, { mayHaveHappened: true }],
    ['has not happened after 409', { status: 409, json: { error: { code: 'Conflict' } } }, { mayHaveHappened: false }],
    ['may have happened where the answer is another', { status: 200, json: {} }, { mayHaveHappened: true }],
  ]
  for (const [what, reply, expected] of writes) {
    it(`a write of names ${what}, and is not sent again`, async () => {
      server.answer(() => reply)
      const writing = connect().functions.writeStickyNames(shop, { appSettings: [], others: {} }, never)

      await assert.rejects(writing, (error) => {
        return error instanceof AzureFailure && error.mayHaveHappened === expected.mayHaveHappened
      })
      assert.equal(server.asked.length, 1)
    })
  }

  it('count the instances of a slot, each once', async () => {
    server.answer(() => list([{ name: 'a' }, { name: 'b' }, { name: 'a' }]))

    assert.equal(await connect().functions.instances(shop, staging, never), 2)
    assert.equal(server.asked[0]?.path, `${slotPath}/instances`)
  })

  it('do not count what is no instance', async () => {
    server.answer(() => list([{ id: 'a' }]))

    await assert.rejects(connect().functions.instances(shop, production, never), isUnreadable)
  })

  it('come with host keys that are secrets before they are given', async () => {
    server.answer(() => ({ status: 200, json: { masterKey: 'm-1', functionKeys: { default: 'f-1' }, systemKeys: {} } }))

    const keys = await connect().hostKeys(shop, staging, never)

    assert.equal(keys.functionKeys['default'], 'f-1')
    assert.deepEqual(secrets.slice(-2), ['m-1', 'f-1'])
  })
})
