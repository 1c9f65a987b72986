/** Status codes that count as an answer, both ends included. */
export type StatusRange = { readonly from: number; readonly to: number }

export type ParsedStatusList =
  | { readonly kind: 'list'; readonly ranges: readonly StatusRange[] }
  | { readonly kind: 'problem'; readonly problem: string }

const form = "Give codes from 100 to 599 and ranges, separated by commas, such as '200-299,401'."

/** Reads `200-299,401`. A problem is a text that follows the input's name: `'200-' is not a status or range. …`. */
export function parseStatusList(text: string): ParsedStatusList {
  const ranges: StatusRange[] = []
  for (const part of text.split(',').map((each) => each.trim())) {
    const match = /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(part)
    if (!match) return { kind: 'problem', problem: `'${part}' is not a status or a range of statuses. ${form}` }
    const from = Number(match[1])
    const to = Number(match[2] ?? match[1])
    if (to < from) return { kind: 'problem', problem: `'${part}' is a range that runs backwards. ${form}` }
    ranges.push({ from, to })
  }
  return { kind: 'list', ranges }
}

export function statusIsIn(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some((range) => status >= range.from && status <= range.to)
}
