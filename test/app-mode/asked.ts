import assert from 'node:assert/strict'
import type { AppMode, ModeDocument } from '../../app-mode/src/index.ts'

const base = 'https://shop.example.net/api/app-mode'

export async function ask(app: AppMode, method: string, route: string, body?: unknown) {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  const request = { method, url: `${base}/${route}`, text: () => Promise.resolve(text) }
  const { status, headers, body: answered } = await app.handle(request)
  return { status, type: headers['content-type'], json: JSON.parse(answered) as Record<string, unknown> }
}

export async function prepare(app: AppMode, generation = 'run-1', holdSeconds = 600): Promise<ModeDocument> {
  return documentOf(await ask(app, 'POST', 'prepare', { generation, holdSeconds }))
}

export async function mode(app: AppMode): Promise<ModeDocument> {
  return documentOf(await ask(app, 'GET', 'mode'))
}

export async function resume(app: AppMode, generation = 'run-1'): Promise<ModeDocument> {
  return documentOf(await ask(app, 'POST', 'resume', { generation }))
}

function documentOf({ status, json }: { status: number; json: Record<string, unknown> }): ModeDocument {
  assert.equal(status, 200, JSON.stringify(json))
  return json as unknown as ModeDocument
}
