export type LenientJson =
  { readonly kind: 'parsed'; readonly value: unknown } | { readonly kind: 'broken'; readonly because: string }

/**
 * JSON as the Functions host reads it (Newtonsoft.Json): a byte order mark, comments and trailing commas are let pass.
 */
export function parseLenientJson(text: string): LenientJson {
  try {
    return { kind: 'parsed', value: JSON.parse(withoutTrailingCommas(withoutComments(text.replace(/^\uFEFF/, '')))) }
  } catch (error) {
    return { kind: 'broken', because: error instanceof Error ? error.message : 'it cannot be read' }
  }
}

/** Strings are matched first, so that `//` in a URL stays. */
const stringOrComment = /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g
const stringOrTrailingComma = /"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g

function withoutComments(text: string): string {
  return text.replace(stringOrComment, (match) => (match.startsWith('"') ? match : ' '))
}

function withoutTrailingCommas(text: string): string {
  return text.replace(stringOrTrailingComma, (match) => (match.startsWith('"') ? match : ''))
}
