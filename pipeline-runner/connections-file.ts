import { readFileSync } from 'node:fs'

import type { ServiceConnection } from './agent/service-connection.ts'

/**
 * Reads a JSON list of service connections: `[{ "id", "name", "url", "scheme", "parameters", "data" }]`.
 * @throws Error that names the entry and field which is missing or is not text.
 */
export function readConnections(file: string): ServiceConnection[] {
  const list: unknown = readJson(file)
  if (!Array.isArray(list)) throw new Error(`'${file}' must hold a list of service connections.`)
  return list.map((entry: unknown, at) => {
    const where = `Entry ${at + 1} of '${file}'`
    const fields = record(entry, where)
    const text = (name: string): string => {
      const value = fields[name]
      if (typeof value !== 'string' || value === '') throw new Error(`${where} must have a text '${name}'.`)
      return value
    }
    const texts = (name: string): Record<string, string> => {
      const values = Object.entries(record(fields[name], `'${name}' of entry ${at + 1} of '${file}'`))
      const wrong = values.find(([, value]) => typeof value !== 'string')
      if (wrong) throw new Error(`'${name}.${wrong[0]}' of entry ${at + 1} of '${file}' must be text.`)
      return Object.fromEntries(values) as Record<string, string>
    }
    return {
      ...{ id: text('id').toLowerCase(), name: text('name'), url: text('url'), scheme: text('scheme') },
      ...{ parameters: texts('parameters'), data: texts('data') },
    }
  })
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Could not read the service connections in '${file}': ${why}.`, { cause })
  }
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} must be an object.`)
  return value as Readonly<Record<string, unknown>>
}
