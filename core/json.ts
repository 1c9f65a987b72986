/** What a text says as JSON, a byte order mark let pass; undefined where it is none, for `undefined` is no value of JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

/** Whether a value is a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The fields of a JSON object by name in lower case, for .NET, which wrote most of what is read here, does not tell names
 * apart by case; undefined where it is no object, or has more fields than any document that is read here.
 */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!isObject(value)) return undefined
  const keys = Object.keys(value)
  return keys.length > mostFields ? undefined : new Map(keys.map((key) => [key.toLowerCase(), value[key]]))
}

const mostFields = 10_000
