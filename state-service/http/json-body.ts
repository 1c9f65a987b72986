/** Nothing that is taken here is nested deeper than a handful. */
const deepest = 16

export type ReadJson = { readonly value: unknown } | { readonly because: string }

/** The JSON of a body. `because` follows "The body is"; it holds nothing of the body. */
export function readJson(body: Uint8Array): ReadJson {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return { because: 'not UTF-8' }
  }
  if (isDeeperThan(deepest, text)) return { because: `nested more than ${deepest} deep` }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { because: 'not JSON' }
  }
}

function isDeeperThan(most: number, text: string): boolean {
  let depth = 0
  // Texts are matched whole, so that a bracket in one does not count.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    if (depth > most) return true
  }
  return false
}
