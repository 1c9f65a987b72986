// The commands of docs/state-service-api.md, sent as they stand there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { routes } from '../../state-service/http/routes.ts'
import { Api } from './support/api.ts'
import { openApi } from './support/openapi.ts'

const page = readFileSync(new URL('../../docs/state-service-api.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^ {4}curl (?:[^\n]*\\\n)*[^\n]*$/gm)].map(([command]) => {
  const text = command.replace(/\\\n\s*/g, '')
  const [, method = 'GET'] = /-X (\w+)/.exec(text) ?? []
  const [, path = ''] = /"\$SERVICE([^"]+)"/.exec(text) ?? []
  const [, body] = /-d '([^']+)'/.exec(text) ?? []
  return { method, path, body }
})

describe('The page of the API', () => {
  let api: Api

  before(async () => {
    api = await Api.start()
  })
  after(() => api.close())

  for (const { method, path, body } of commands) {
    it(`shows a request that works: ${method} ${path}`, async () => {
      assert.equal((await api.call({ method, path, ...(body !== undefined && { body }) })).status, 200)
    })
  }

  it('shows one for each route', () => {
    assert.equal(commands.length, routes.length)
    assert.equal(new Set(commands.map(({ method, path }) => `${method} ${path}`)).size, routes.length)
  })

  it('lists every problem that there is', () => {
    const { properties } = openApi.components.schemas['Problem'] as {
      properties: { type: { enum: readonly string[] } }
    }
    const codes = properties.type.enum.map((type) => type.split(':').at(-1) ?? '')
    const listed = [...page.matchAll(/^\| \d[\d, ]+ \| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, code = '']) => code),
    )

    assert.deepEqual(listed.toSorted(), codes.toSorted())
  })
})
