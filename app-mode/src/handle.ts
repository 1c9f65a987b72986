import type { ModeDocument } from './aggregate.ts'
import type { Scope } from './scope.ts'
import { isGeneration, isHoldSeconds, OtherGeneration } from './state.ts'

/** As much of a request as is needed; an `HttpRequest` of @azure/functions v4 has it. */
export type AppModeRequest = {
  readonly method: string
  readonly url: string
  text(): Promise<string>
}

/** Fits `HttpResponseInit` of @azure/functions v4. */
export type AppModeResponse = {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

const longestBody = 10_000

/** Answers `POST …/prepare`, `GET …/mode` and `POST …/resume`, whatever comes before in the path. Never throws. */
export async function answer(scope: Scope, request: AppModeRequest): Promise<AppModeResponse> {
  try {
    const route = routeOf(request.url)
    if (route === undefined) return problem(404, 'No such route', 'The routes are prepare, mode and resume.')
    const method = route === 'mode' ? 'GET' : 'POST'
    if (request.method.toUpperCase() !== method) {
      return problem(405, 'Wrong method', `${route} is asked with ${method}.`)
    }
    return await act(scope, route, request)
  } catch (error) {
    if (error instanceof OtherGeneration) {
      const until = new Date(error.until).toISOString()
      return problem(409, 'Another generation', error.message, { generation: error.generation, until })
    }
    // Not the error itself: it may name paths of the machine.
    return problem(503, 'Not known', 'The app cannot tell its mode now.')
  }
}

type Route = 'prepare' | 'mode' | 'resume'

async function act(scope: Scope, route: Route, request: AppModeRequest): Promise<AppModeResponse> {
  if (route === 'mode') return document(await scope.read())
  const asked = parse(await request.text())
  if (!asked) return problem(400, 'Wrong body', 'The body is one JSON object of a few fields.')
  const { generation, holdSeconds } = asked
  if (!isGeneration(generation)) return problem(400, 'Wrong body', 'generation is 1 to 100 of A-Z a-z 0-9 . _ -')
  if (route === 'resume') return document(await scope.resume(generation))
  if (!isHoldSeconds(holdSeconds)) return problem(400, 'Wrong body', 'holdSeconds is a whole number from 60 to 86400.')
  return document(await scope.prepare({ generation, holdMs: holdSeconds * 1000 }))
}

function routeOf(url: string): Route | undefined {
  const path = url.replace(/[?#].*$/, '').replace(/\/+$/, '')
  const last = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  return (['prepare', 'mode', 'resume'] as const).find((route) => route === last)
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  if (body.length > longestBody) return undefined
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

function document(body: ModeDocument): AppModeResponse {
  return { status: 200, headers: headersOf('application/json'), body: JSON.stringify(body) }
}

function problem(status: number, title: string, detail: string, more: object = {}): AppModeResponse {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, ...more })
  return { status, headers: headersOf('application/problem+json'), body }
}

function headersOf(type: string): Record<string, string> {
  return { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }
}
