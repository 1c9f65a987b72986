// The commands of docs/state-service-api.md, sent as they stand there, and the replies that it shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { routes } from '../../state-service/http/routes.ts'
import { Api } from './support/api.ts'
import { openApi, requireReply } from './support/openapi.ts'

const page = readFileSync(new URL('../../docs/state-service-api.md', import.meta.url), 'utf8')
const commandRule = /^ {4}curl (?:[^\n]*\\\n)*[^\n]*$/gm
const readCommand = (command: string) => {
  const text = command.replace(/\\\n\s*/g, '')
  const [, method = 'GET'] = /-X (\w+)/.exec(text) ?? []
  const [, path = ''] = /"\$SERVICE([^"]+)"/.exec(text) ?? []
  const [, body] = /-d '([^']+)'/.exec(text) ?? []
  return { method, path, body }
}
const commands = [...page.matchAll(commandRule)].map(([command]) => readCommand(command))
/** Each reply with the command that stands last before it. */
const replies = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(({ 1: text = '', index }) => {
  const [command = ''] = page.slice(0, index).match(commandRule)?.slice(-1) ?? []
  return { ...readCommand(command), text }
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

  for (const { method, path, text } of replies) {
    it(`shows a reply that there can be: ${method} ${path}`, () => {
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      }
      requireReply({ method, path }, { status: 200, headers, text })
      const { app, slot } = JSON.parse(text) as { app?: string; slot?: string }
      assert.ok(path.includes(`/apps/${app}/slots/${slot}/`), 'of the slot that was asked about')
    })
  }

  it('shows the reply of a status', () => {
    assert.equal(replies.length, 1)
  })

  it('lists what a status can be asked with, its defaults and its limits', () => {
    const status = openApi.paths['/api/v1/apps/{app}/slots/{slot}/status']?.get?.parameters ?? []
    const table = /^\| query \| default \| \|\n[\s\S]*?\n\n/m.exec(page)?.[0] ?? ''
    const rows = [...table.matchAll(/^\| `(\w+)` \| `?(\w*)`? ?\| (.+) \|$/gm)]
    assert.deepEqual(
      rows.map(([, name, fallback]) => ({ name, fallback })),
      status.map(({ name, schema: { default: fallback = '' } }) => ({ name, fallback: String(fallback) })),
    )
    for (const { name, schema } of status) {
      const says = rows.find((row) => row[1] === name)?.[3] ?? ''
      if (schema.maximum !== undefined) assert.ok(says.includes(`up to ${schema.maximum}`), name)
    }
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
