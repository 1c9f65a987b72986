// What a name in a path, a body or a setting may be.
import { hubNameRule, parseHubName } from '../../core/task-hub/name.ts'

export type TextRule = {
  readonly fits: (text: string) => boolean
  /** Follows "Give". */
  readonly rule: string
  /** The value is not repeated in messages. */
  readonly hidden?: true
}

const matching = (pattern: RegExp, rule: string): TextRule => ({
  // Two spellings of one name in Unicode would be two names here and one in Azure.
  fits: (text) => text.isWellFormed() && text === text.normalize('NFC') && pattern.test(text),
  rule,
})

export const appName = matching(
  /^[\p{L}\p{N}][\p{L}\p{N}-]{0,59}$/u,
  "the name of the function app without its domain: letters, digits and '-', at most 60",
)
export const slotName = matching(
  /^[A-Za-z0-9][A-Za-z0-9-]{0,59}$/,
  "the name of a slot: letters, digits and '-', at most 60",
)
export const resourceGroup = matching(
  /^[\p{L}\p{N}_().-]{1,90}$/u,
  "the name of a resource group: letters, digits and '_().-', at most 90",
)
export const settingName = matching(
  /^[\p{L}\p{N}_.:-]{1,200}$/u,
  "the name of an app setting: letters, digits and '_.:-', at most 200",
)
export const accountName = matching(/^[A-Za-z0-9]{3,24}$/, 'the name of a storage account: 3 to 24 letters and digits')
export const guid = matching(
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'an id of the form 00000000-0000-0000-0000-000000000000',
)
export const swapId = matching(
  /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
  "an id of letters, digits and '._:-', at most 128, that starts with a letter or digit",
)
/** Learn: understanding-the-table-service-data-model. */
export const tableName = matching(
  /^[A-Za-z][A-Za-z0-9]{2,62}$/,
  'the name of a table: letters and digits, a letter first, 3 to 63',
)
export const domainName = matching(/^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/i, 'a domain such as core.windows.net')
/** No blank and no comma: a header that is sent twice is joined by one. */
export const serviceKey: TextRule = {
  fits: (text) => /^[\x21-\x2b\x2d-\x7e]{32,200}$/.test(text),
  rule: '32 to 200 characters of ASCII without blanks and commas',
  hidden: true,
}
export const sha256: TextRule = {
  fits: (text) => /^[0-9a-f]{64}$/i.test(text),
  rule: 'the SHA-256 of a key as 64 hexadecimal digits',
  hidden: true,
}
export const hubName: TextRule = {
  fits: (text) => parseHubName(text) !== undefined,
  rule: `a task hub: ${hubNameRule}`,
}

/** A text of one line for people: no control characters, nor any that turn the direction of writing. */
export function line(most: number, least = 1): TextRule {
  return {
    fits: (text) =>
      text.length >= least &&
      text.length <= most &&
      text.isWellFormed() &&
      text === text.trim() &&
      !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text),
    rule: `one line of ${least === 0 ? 'at most' : `${least} to`} ${most} characters without blanks around it`,
    hidden: true,
  }
}

/** Empty, or an https address without user or password. Not repeated: an address may hold a secret. */
export const link: TextRule = {
  fits: (text) => text === '' || isPlainHttps(text),
  rule: 'an https address of at most 1,000 characters without user and password, or an empty text',
  hidden: true,
}

function isPlainHttps(text: string): boolean {
  if (text.length > 1000 || !/^https:\/\/[\x21-\x7e]+$/i.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
