// state-service/openapi.yaml as a judge of requests and replies.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

type Schema = {
  readonly type?: string
  readonly $ref?: string
  readonly items?: Schema
  readonly default?: string | number | boolean
  readonly maximum?: number
}
type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly schema: Schema
  readonly $ref?: string
}
type Media = Readonly<Record<string, { readonly schema: Schema }>>
type Header = { readonly required?: boolean; readonly schema: Schema; readonly $ref?: string }
type Response = {
  readonly $ref?: string
  readonly headers?: Readonly<Record<string, Header>>
  readonly content: Media
}
export type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Media }
  readonly responses: Readonly<Record<string, Response>>
}
type PathItem = { readonly parameters?: readonly Parameter[] } & {
  readonly [method in 'get' | 'put' | 'post']?: Operation
}
export type OpenApi = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>
    readonly schemas: Readonly<Record<string, unknown>>
  }
}

export const openApi = parse(
  readFileSync(new URL('../../../state-service/openapi.yaml', import.meta.url), 'utf8'),
) as OpenApi

const ajv = new Ajv2020({ strict: true, allErrors: true, validateSchema: true })
addFormats.default(ajv)
// The file is no schema itself: strict as it is, Ajv would not know its keywords.
const relocated = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/components/schemas/', '"schemas#/$defs/')) as Value
ajv.addSchema({ $id: 'schemas', $defs: relocated(openApi.components.schemas) })

/** Those of the connection, which an OpenAPI file does not tell. */
const ofTransport = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive'])
/** What an address that is not in the file may answer, as its description says. */
const elsewhere: Readonly<Record<string, string>> = {
  400: 'BadRequest',
  401: 'NotSignedIn',
  404: 'NotFound',
  405: 'BadMethod',
  429: 'TooMany',
  500: 'Failed',
  503: 'Unavailable',
}

export type Sent = {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export type Got = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }

/** Fails where the file does not allow the request. */
export function requireRequest(sent: Sent): void {
  const found = find(sent)
  assert.ok(found, `${sent.method} ${sent.path} is not in openapi.yaml`)
  const { operation, item, names } = found
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolved)
  const query = new URL(sent.path, 'https://localhost').searchParams
  for (const name of query.keys()) {
    assert.ok(
      parameters.some((each) => each.in === 'query' && each.name === name),
      `query '${name}' is not known`,
    )
  }
  for (const { name, in: where, schema } of parameters) {
    const texts = where === 'path' ? [names.get(name) ?? ''] : query.getAll(name)
    if (texts.length > 0) requireValid(schema, valueOf(schema, texts), `${where} parameter '${name}'`)
  }
  const { 'x-functions-key': key, authorization } = sent.headers
  assert.ok((key === undefined) !== (authorization === undefined), 'one credential is sent')
  const { requestBody } = operation
  if (!requestBody) {
    assert.equal(sent.body, undefined, 'no body is sent')
    return
  }
  requireContent(requestBody.content, sent.headers['content-type'], sent.body ?? '', 'the body of the request')
}

/** Fails where the reply is not one that the file lists for the request. */
export function requireReply(sent: Pick<Sent, 'method' | 'path'>, got: Got): void {
  const what = `${sent.method} ${sent.path.slice(0, 200)}: ${got.status} ${got.text.slice(0, 500)}`
  const operation = find(sent)?.operation
  const name = elsewhere[got.status]
  const listed = operation
    ? operation.responses[got.status]
    : name === undefined
      ? undefined
      : openApi.components.responses[name]
  assert.ok(listed, `the status is not in openapi.yaml: ${what}`)
  const response = resolved(listed)
  const headers = new Map(
    Object.entries(response.headers ?? {}).map(([key, value]) => [key.toLowerCase(), resolved(value)]),
  )
  for (const [key, { required, schema }] of headers) {
    const text = got.headers[key]
    if (required === true) assert.ok(text !== undefined, `header '${key}' is missing: ${what}`)
    if (text !== undefined) requireValid(schema, valueOf(schema, [text]), `header '${key}' of ${what}`)
  }
  for (const key of Object.keys(got.headers)) {
    assert.ok(headers.has(key) || ofTransport.has(key), `header '${key}' is not in openapi.yaml: ${what}`)
  }
  // A reply to HEAD has the headers alone.
  if (sent.method !== 'HEAD') requireContent(response.content, got.headers['content-type'], got.text, what)
}

/** Every operation with its address. */
export function operations(): readonly {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}[] {
  return Object.entries(openApi.paths).flatMap(([path, item]) =>
    (['get', 'put', 'post'] as const).flatMap((method) => {
      const operation = item[method]
      return operation ? [{ method: method.toUpperCase(), path, operation }] : []
    }),
  )
}

/** What a schema of the file makes of a value. */
export function isValid(schemaName: string, value: unknown): boolean {
  return validatorOf({ $ref: `#/components/schemas/${schemaName}` })(value)
}

function find({ method, path }: Pick<Sent, 'method' | 'path'>) {
  const segments = (path.split('?')[0] ?? '').split('/')
  for (const [template, item] of Object.entries(openApi.paths)) {
    const parts = template.split('/')
    if (parts.length !== segments.length) continue
    if (!parts.every((part, at) => (part.startsWith('{') ? segments[at] !== '' : part === segments[at]))) continue
    const operation = item[method.toLowerCase() as 'get' | 'put' | 'post']
    const names = new Map(parts.map((part, at) => [part.slice(1, -1), decoded(segments[at] ?? '')]))
    if (operation) return { operation, item, names }
  }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function resolved<Part extends { readonly $ref?: string }>(part: Part): Part {
  if (part.$ref === undefined) return part
  const keys = part.$ref.slice(2).split('/')
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], openApi) as Part
}

function requireContent(content: Media, type: string | undefined, text: string, what: string): void {
  const [, media, charset] = /^([\w/+-]+)(?:; charset=(.+))?$/.exec(type ?? '') ?? []
  assert.ok(media !== undefined && (charset ?? 'utf-8') === 'utf-8', `content type '${type}' of ${what}`)
  const schema = content[media]?.schema
  assert.ok(schema, `content type '${media}' is not in openapi.yaml: ${what}`)
  requireValid(schema, JSON.parse(text), what)
}

const compiled = new Map<string, ValidateFunction>()

function validatorOf(schema: Schema): ValidateFunction {
  const text = JSON.stringify(relocated(schema))
  const known = compiled.get(text)
  if (known) return known
  const made = ajv.compile(JSON.parse(text) as object)
  compiled.set(text, made)
  return made
}

function requireValid(schema: Schema, value: unknown, what: string): void {
  const validate = validatorOf(schema)
  assert.ok(validate(value), `${what}\n${ajv.errorsText(validate.errors)}`)
}

/** Texts of a query or header as the values that they stand for. */
function valueOf(schema: Schema, texts: readonly string[]): unknown {
  const { type } = resolved(schema)
  if (type === 'array') return texts
  const [text = '', ...others] = texts
  if (others.length > 0) return texts
  if (type === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
