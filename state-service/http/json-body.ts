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

/** Told before it is parsed. A bracket in a text does not count. */
function isDeeperThan(most: number, text: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (inText) {
      if (char === backslash) at++
      else if (char === quote) inText = false
    } else if (char === quote) inText = true
    else if (char === openBrace || char === openBracket) depth++
    else if (char === closeBrace || char === closeBracket) depth--
    if (depth > most) return true
  }
  return false
}

const [quote, backslash] = [0x22, 0x5c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
