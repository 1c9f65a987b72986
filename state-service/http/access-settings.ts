import type { Scope } from './api.ts'
import { scopes } from './api.ts'
import { Fields } from './fields.ts'
import type { Problems } from './fields.ts'
import type { ServiceKey } from './keys.ts'
import { guid, line, serviceKey, sha256 } from './names.ts'
import type { SettingReader } from './setting-reader.ts'
import { namedEntries } from './setting-reader.ts'

export type EntraConfig = {
  readonly tenantId: string
  /** Of the tokens that are taken: an Application ID URI, or the client id where tokens are of version 2. */
  readonly audiences: readonly string[]
  readonly authorityUrl: string
  /** By object id in lower case. Somebody who is not in it has no access, whatever the token says. */
  readonly callers: ReadonlyMap<string, readonly Scope[]>
}

/** Who may call: keys, people and programs of a tenant of Entra ID, or both. */
export type AccessConfig = { readonly keys: readonly ServiceKey[]; readonly entra?: EntraConfig }

export function readAccess(read: SettingReader, problems: Problems, authorityUrl: string): AccessConfig {
  const keys = readKeys(read, problems)
  const entra = readEntra(read, problems, authorityUrl)
  const isAny = ['ServiceKeys', 'EntraTenantId', 'EntraAudience', 'EntraCallers'].some((name) => read.text(name))
  if (!isAny) {
    problems.add(
      "Nobody could call the service. Set 'ServiceKeys', or 'EntraTenantId', 'EntraAudience' and 'EntraCallers', or all of them.",
    )
  }
  return { keys, ...(entra && { entra }) }
}

function readKeys(read: SettingReader, problems: Problems): readonly ServiceKey[] {
  const value = read.json('ServiceKeys')
  if (value === undefined) return []
  const nameRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/
  const keys = namedEntries({ name: 'ServiceKeys', value, nameRule }, problems).map(([name, entry]) =>
    readKey(name, new Fields(entry, `ServiceKeys.${name}`, problems), problems),
  )
  const secrets = keys.map((key) => ('key' in key ? key.key : key.sha256))
  const twice = keys.find((_, at) => secrets.indexOf(secrets[at] ?? '') !== at && secrets[at] !== '')
  if (twice)
    problems.add(`Setting 'ServiceKeys' has the key '${twice.name}' under another name too. Give each its own.`)
  return keys
}

function readKey(name: string, fields: Fields, problems: Problems): ServiceKey {
  if (fields.has('key') === fields.has('sha256')) {
    problems.add(`Setting 'ServiceKeys' needs for '${name}' either 'key' or 'sha256', and only one of them.`)
  }
  const allowed = fields.choices('scopes', scopes)
  const key = fields.textIfAny('key', serviceKey)
  const digest = fields.textIfAny('sha256', sha256)?.toLowerCase()
  fields.end()
  return digest === undefined ? { name, scopes: allowed, key: key ?? '' } : { name, scopes: allowed, sha256: digest }
}

function readEntra(read: SettingReader, problems: Problems, authorityUrl: string): EntraConfig | undefined {
  const names = ['EntraTenantId', 'EntraAudience', 'EntraCallers']
  const missing = names.filter((name) => read.text(name) === undefined)
  if (missing.length === names.length) return undefined
  if (missing.length > 0)
    problems.add(`To take tokens of Entra ID, set ${missing.map((each) => `'${each}'`).join(' and ')} too.`)
  const tenantId = read.fitting('EntraTenantId', guid)
  // Several, apart by blanks: tokens of version 1 name the Application ID URI, those of version 2 the client id.
  const audiences = (read.fitting('EntraAudience', line(500)) ?? '').split(' ').filter((each) => each !== '')
  return { tenantId: tenantId?.toLowerCase() ?? '', audiences, authorityUrl, callers: readCallers(read, problems) }
}

function readCallers(read: SettingReader, problems: Problems): ReadonlyMap<string, readonly Scope[]> {
  const value = read.json('EntraCallers')
  if (value === undefined) return new Map()
  const nameRule = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
  const entries = namedEntries({ name: 'EntraCallers', value, nameRule }, problems)
  return new Map(
    entries.map(([oid, allowed]) => [
      oid.toLowerCase(),
      new Fields({ [oid]: allowed }, 'EntraCallers', problems).choices(oid, scopes),
    ]),
  )
}
