/**
 * No document of Azure that is read here comes near these; an answer beyond them is not what it promises. The largest are pages
 * of tables: 4 MB, of a thousand rows (learn: query-timeout-and-pagination), of which no more than 40 columns are asked for.
 */
export const largestAnswerBytes = 8 * 1024 * 1024
const mostValues = 400_000
const deepest = 100

/**
 * What is wrong with the size of a JSON text, as it follows "the answer is", or undefined where nothing is. Told before it
 * is parsed: an array of empty arrays takes fifty times the memory of its text, and what is nested without end has no end.
 */
export function unboundedJson(text: string): string | undefined {
  let depth = 0
  let values = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (inText) {
      if (char === backslash) at++
      else if (char === quote) inText = false
      continue
    }
    if (char === quote) inText = true
    else if (char === comma) values++
    else if (char === openBrace || char === openBracket) {
      values++
      if (++depth > deepest) return `JSON nested more than ${deepest} deep`
    } else if (char === closeBrace || char === closeBracket) depth--
    if (values > mostValues) return `JSON of more than ${mostValues} values`
  }
  return undefined
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** An answer that is not read any further; `what` follows "the answer is". */
export class UnboundedAnswer extends Error {
  override readonly name = 'UnboundedAnswer'
  readonly what: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    what: string,
    answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } = {
      status: 0,
      headers: {},
    },
  ) {
    super(`the answer is ${what}`)
    this.what = what
    this.status = answer.status
    this.headers = answer.headers
  }
}

export const tooLarge = `larger than ${largestAnswerBytes / 1024 ** 2} MB`
