/** Payloads are JSON texts; what is not, is taken as the text it is. */
export function parse(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The text of an orchestration's result or input; nothing is null. */
export function resultOf(value: unknown): string {
  return JSON.stringify(value ?? null)
}
