import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../core/failures.ts'
import { Busy } from '../../state-service/events/busy.ts'
import { routes } from '../../state-service/http/routes.ts'
import { Api } from './support/api.ts'
import { openApi, operations } from './support/openapi.ts'

const by = { run: '20261121.3', project: 'Shop', link: 'https://dev.azure.com/shop/Shop/_build/results?buildId=41' }
const taskHub = { account: 'stshop', name: 'Shop41' }
const event = (id: string, status = 'Running') => ({
  id,
  topic: '/subscriptions/0/resourceGroups/rg/providers/Microsoft.EventGrid/topics/t',
  subject: `durable/orchestrator/${status}`,
  data: { hubName: 'shop41', functionName: 'Order', instanceId: `i${id}`, reason: '', runtimeStatus: status },
  eventType: 'orchestratorEvent',
  eventTime: '2026-11-21T10:00:00Z',
  metadataVersion: '1',
  dataVersion: '1.0',
})

describe('The API of the state service', () => {
  let api: Api

  beforeEach(async () => {
    api = await Api.start()
  })
  afterEach(() => api.close())

  const status = '/api/v1/apps/shop/slots/staging/status'

  describe('status of a slot', () => {
    it('answers what the service says, whatever the verdict', async () => {
      for (const verdict of ['idle', 'busy', 'unknown'] as const) {
        api.service.statusReply = { verdict }

        const reply = await api.call({ path: status })

        assert.deepEqual([reply.status, reply.json['verdict']], [200, verdict])
      }
    })

    it('asks by the strict policy, and for a proof made now, where nothing is said', async () => {
      await api.call({ path: status })

      assert.deepEqual(api.service.asked[0]?.what, {
        app: 'shop',
        slot: 'staging',
        policy: { entityPolicy: 'ignoreIdle', acceptInvisibleMessages: false, ignoreInstances: [] },
        maxProofAgeMs: 0,
        waitMs: 20_000,
      })
    })

    it('passes on how to judge, and how old a proof may be', async () => {
      const query =
        'maxProofAgeInSeconds=86400&waitInSeconds=200&entityPolicy=block&acceptInvisibleMessages=true&ignore=name:Clean%20up*&ignore=id:a%2Fb'

      await api.call({ path: `${status}?${query}` })

      assert.deepEqual(api.service.asked[0]?.what, {
        app: 'shop',
        slot: 'staging',
        policy: {
          entityPolicy: 'block',
          acceptInvisibleMessages: true,
          ignoreInstances: [
            { field: 'name', pattern: 'Clean up*' },
            { field: 'id', pattern: 'a/b' },
          ],
        },
        maxProofAgeMs: 86_400_000,
        waitMs: 200_000,
      })
    })

    it('tells everything that is wrong with a query at once, and asks nothing', async () => {
      const query =
        'maxProofAgeInSeconds=-1&entityPolicy=none&acceptInvisibleMessages=yes&ignore=Order&policy=strict&entityPolicy=block'

      const reply = await api.call({ path: `${status}?${query}`, bad: true })

      assert.equal(reply.status, 400)
      for (const word of [
        'maxProofAgeInSeconds',
        'entityPolicy',
        'acceptInvisibleMessages',
        'ignore',
        'policy',
        'once',
      ]) {
        assert.match(String(reply.json['detail']), new RegExp(word))
      }
      assert.deepEqual(api.service.asked, [])
    })

    for (const value of ['', '86401', '1.5', '1e3', '0x10', '+1', ' 1', '1000000000000', 'NaN']) {
      it(`does not take '${value}' for a number of seconds`, async () => {
        const path = `${status}?maxProofAgeInSeconds=${encodeURIComponent(value)}`

        assert.equal((await api.call({ path, bad: true })).status, 400)
      })
    }

    it('compares names of apps and slots without case', async () => {
      const reply = await api.call({ path: '/api/v1/apps/SHOP/slots/Staging/status' })

      assert.equal(reply.status, 200)
      assert.deepEqual(
        api.service.asked.map(({ what }) => (what as { slot: string }).slot),
        ['staging'],
      )
    })

    it('does not know an app that is not watched', async () => {
      const reply = await api.call({ path: '/api/v1/apps/other/slots/staging/status' })

      assert.equal(reply.status, 404)
      assert.match(String(reply.json['type']), /appNotWatched$/)
    })
  })

  describe('announcements', () => {
    const told = { taskHub, previous: { name: 'Shop40' }, build: '41', by }

    it('passes on that a slot was given a hub', async () => {
      const reply = await api.call({ method: 'PUT', path: '/api/v1/apps/shop/slots/staging/announcement', body: told })

      assert.deepEqual([reply.status, reply.json['noted']], [200, true])
      assert.deepEqual(api.service.asked, [{ method: 'announceStaging', what: { app: 'shop', slot: 'staging', told } }])
    })

    it('passes on that slots were swapped, with their names in lower case', async () => {
      const body = { id: '41-1', sourceSlot: 'Staging', targetSlot: 'production', taskHub, rolledBack: true, by }

      await api.call({ method: 'POST', path: '/api/v1/apps/shop/swaps', body })

      assert.deepEqual(api.service.asked, [
        { method: 'announceSwap', what: { app: 'shop', told: { ...body, sourceSlot: 'staging' } } },
      ])
    })

    it('passes on that a hub was deleted', async () => {
      const body = { taskHub: { account: 'StShop', name: 'Shop40' }, by: { ...by, id: 'a/b', project: '', link: '' } }

      const reply = await api.call({ method: 'POST', path: '/api/v1/apps/shop/cleanups', body })

      assert.equal(reply.status, 200)
      const { told } = api.service.asked[0]?.what as { told: unknown }
      assert.deepEqual(told, { ...body, taskHub: { account: 'stshop', name: 'Shop40' } })
    })

    it('says why a clean-up does not agree with Azure', async () => {
      api.service.cleanUpReply = { kind: 'conflict', because: "Task hub 'Shop40' is still there." }

      const reply = await api.call({ method: 'POST', path: '/api/v1/apps/shop/cleanups', body: { taskHub, by } })

      assert.deepEqual([reply.status, reply.json['detail']], [409, "Task hub 'Shop40' is still there."])
    })

    it('refuses all three of an app that is not watched', async () => {
      const swap = { id: '1', sourceSlot: 'a', targetSlot: 'b', taskHub, by }
      const replies = [
        await api.call({ method: 'PUT', path: '/api/v1/apps/x/slots/s/announcement', body: told }),
        await api.call({ method: 'POST', path: '/api/v1/apps/x/swaps', body: swap }),
        await api.call({ method: 'POST', path: '/api/v1/apps/x/cleanups', body: { taskHub, by } }),
      ]

      assert.deepEqual(
        replies.map((reply) => reply.status),
        [404, 404, 404],
      )
    })

    it('tells everything that is wrong with a body at once', async () => {
      const body = {
        id: 'no blanks',
        sourceSlot: 'a',
        targetSlot: 'A',
        taskHub: { name: '1x', account: 'ST_SHOP', secret: 1 },
        rolledBack: 'no',
        by: { run: '', project: 'a\u0000b', link: 'http://plain' },
        more: {},
      }

      const reply = await api.call({ method: 'POST', path: '/api/v1/apps/shop/swaps', body, bad: true })

      assert.equal(reply.status, 400)
      const names = [
        'id',
        'taskHub.name',
        'taskHub.account',
        'taskHub.secret',
        'rolledBack',
        'by.run',
        'by.project',
        'by.link',
        'more',
      ]
      for (const name of names) assert.match(String(reply.json['detail']), new RegExp(`'${name}'`))
      assert.match(String(reply.json['detail']), /both 'a'/)
    })

    it('takes the commands of an agent out of what people read', async () => {
      const body = { taskHub, build: '##vso[task.complete]', by: { ...by, run: '##[error]x' } }

      await api.call({ method: 'PUT', path: '/api/v1/apps/shop/slots/staging/announcement', body })

      assert.doesNotMatch(JSON.stringify(api.service.asked), /##(vso)?\[/)
    })

    it('notes in its log who told of what', async () => {
      await api.call({ method: 'PUT', path: '/api/v1/apps/shop/slots/staging/announcement', body: told })

      assert.match(api.log.lines.join('\n'), /key 'all' told of app 'shop', slot 'staging' \(announcement\): 200/)
    })
  })

  describe('history', () => {
    const entry = (count: number) => ({
      id: `2026-11-21T10:00:00.000Z-${count}`,
      at: '2026-11-21T10:00:00.000Z',
      what: 'swapAnnounced' as const,
      slot: 'production',
      taskHub: 'shop41',
      says: 'Swapped.',
      by,
    })

    it('comes in pages of fifty unless told otherwise', async () => {
      api.service.entries = Array.from({ length: 120 }, (_, at) => entry(at))
      const sizes: number[] = []
      let after = ''
      do {
        const { json } = await api.call({ path: `/api/v1/apps/shop/history${after}` })
        sizes.push((json['entries'] as unknown[]).length)
        after = typeof json['cursor'] === 'string' ? `?after=${encodeURIComponent(json['cursor'])}` : ''
      } while (after !== '')

      assert.deepEqual(sizes, [50, 50, 20])
    })

    it('takes a number of entries up to 200', async () => {
      await api.call({ path: '/api/v1/apps/shop/history?top=200' })
      const beyond = await api.call({ path: '/api/v1/apps/shop/history?top=201', bad: true })
      const none = await api.call({ path: '/api/v1/apps/shop/history?top=0', bad: true })

      assert.deepEqual([beyond.status, none.status], [400, 400])
      assert.deepEqual(api.service.asked, [{ method: 'history', what: { app: 'shop', page: { top: 200 } } }])
    })

    it('does not know an app that is not watched', async () => {
      assert.equal((await api.call({ path: '/api/v1/apps/other/history' })).status, 404)
    })
  })

  describe('health', () => {
    it('is 200 where the service can do its work', async () => {
      assert.equal((await api.call({ path: '/api/v1/health' })).status, 200)
    })

    it('is 503 with the checks where it cannot', async () => {
      const checks = [{ name: 'storage', ok: false, says: 'It does not answer.' }]
      api.service.healthReply = { status: 'degraded', checks, version: '1.0.0' }

      const reply = await api.call({ path: '/api/v1/health' })

      assert.deepEqual([reply.status, reply.json['checks']], [503, checks])
    })
  })

  describe('events', () => {
    const deliver = (body: unknown) => api.call({ method: 'POST', path: '/api/v1/events', body })

    it('are taken in, and what is not understood is counted', async () => {
      const reply = await deliver([event('1'), { ...event('2'), eventType: 'other' }, event('3', 'Completed')])

      assert.deepEqual([reply.status, reply.json], [200, { taken: 2, ignored: 1 }])
      assert.deepEqual(
        api.service.events.map(({ id, status: said }) => [id, said]),
        [
          ['1', 'Running'],
          ['3', 'Completed'],
        ],
      )
    })

    it('answers the validation of a subscription with its code', async () => {
      const validation = {
        ...{ id: '1', topic: 't', subject: '', eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent' },
        data: {
          validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
          validationUrl: 'https://x.eventgrid.azure.net/',
        },
      }

      const reply = await deliver([validation])

      assert.deepEqual(reply.json, { validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' })
      assert.deepEqual(api.service.asked, [])
    })

    for (const [what, body] of Object.entries({
      'an object': event('1'),
      'an empty list': [],
      'a list of nulls': [null],
    })) {
      it(`does not take ${what} for a delivery`, async () => {
        assert.equal((await api.call({ method: 'POST', path: '/api/v1/events', body, bad: true })).status, 400)
      })
    }

    it('asks Event Grid to come again where too many wait', async () => {
      api.service.before = () => {
        throw new Busy('20000 lifecycle events wait.', 2)
      }

      const reply = await deliver([event('1')])

      assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '2'])
    })
  })

  describe('failures', () => {
    const failing = async (error: unknown) => {
      api.service.before = () => {
        throw error
      }
      return await api.call({ path: status })
    }

    it('says that its own storage cannot be reached, and when to try again', async () => {
      const reply = await failing(
        new AzureFailure('Could not read the hints: the answer was 500.', {
          operation: 'read the hints',
          kind: 'server',
        }),
      )

      assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '10'])
      assert.match(api.log.warnings.join('\n'), /Could not read the hints/)
    })

    it('says nothing of a bug but where in the log to look', async () => {
      const reply = await failing(new TypeError('secret-in-a-message'))

      assert.equal(reply.status, 500)
      const id = String(reply.json['instance']).split(':').at(-1) ?? ''
      assert.match(
        api.log.warnings.join('\n'),
        new RegExp(`Request ${id}: a bug of the state service: TypeError at .*routes.test.ts`),
      )
      assert.doesNotMatch(reply.text + api.log.warnings.join('\n'), /secret-in-a-message/)
    })

    it('survives a bug that throws no error', async () => {
      assert.equal((await failing('a text')).status, 500)
      assert.equal((await failing(undefined)).status, 500)
    })

    it('says that it was stopped where the request was cancelled', async () => {
      const reply = await failing(new Cancelled())

      assert.deepEqual(
        [reply.status, reply.json['type']],
        [503, 'urn:durable-functions-safe-deployment:problem:stopped'],
      )
    })
  })

  describe('openapi.yaml', () => {
    it('lists the routes that there are and no others, with the scope of each', () => {
      const tags = { read: 'ask', tell: 'tell', events: 'deliver' }
      const there = routes.map(({ method, path, scope }) => `${method} /${path.join('/')} ${tags[scope]}`)
      const listed = operations().map(({ method, path, operation }) => `${method} ${path} ${operation.tags.join()}`)

      assert.deepEqual(there.toSorted(), listed.toSorted())
    })

    it('leaves no object open but those of Event Grid', () => {
      const open = Object.keys(openApi.components.schemas).filter((name) => {
        const text = JSON.stringify(openApi.components.schemas[name])
        return (text.match(/"type":"object"/g) ?? []).length !== (text.match(/"additionalProperties":/g) ?? []).length
      })

      assert.deepEqual(open, ['Delivery'])
    })
  })

  it('says the methods that an address takes', async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['POST', status, 'GET'],
      ['HEAD', status, 'GET'],
      ['OPTIONS', '/api/v1/events', 'POST'],
      ['DELETE', '/api/v1/apps/shop/slots/staging/announcement', 'PUT'],
      ['GET', '/api/v1/apps/shop/swaps', 'POST'],
    ]
    for (const [method, path, allow] of cases) {
      const reply = await api.call({ method, path, bad: true })

      assert.deepEqual([reply.status, reply.headers['allow']], [405, allow], `${method} ${path}`)
    }
    assert.deepEqual(api.service.asked, [])
  })

  it('does not know other addresses', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v2/health',
      '/api/v1/health/',
      '/API/v1/health',
      '/api/v1//health',
      '/admin/host/status',
    ]) {
      assert.equal((await api.call({ path, bad: true })).status, 404, path)
    }
  })
})
