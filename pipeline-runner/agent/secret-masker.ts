/** Replaces every registered secret by `***` in what is passed on, as the agent does before a line leaves the machine. */
export class SecretMasker {
  private readonly values = new Set<string>()
  private readonly patterns = new Set<string>()

  /** Registers a secret, with the forms in which it may appear in a line; blank values are ignored, as on the agent. */
  add(value: string): void {
    if (value.trim() === '') return
    this.values.add(value)
    for (const form of formsOf(value)) if (form.trim() !== '') this.patterns.add(form)
  }

  /** The secrets as they were registered. */
  list(): string[] {
    return [...this.values]
  }

  mask(text: string): string {
    return merge(this.findAll(text))
      .reverse()
      .reduce((masked, [from, to]) => `${masked.slice(0, from)}***${masked.slice(to)}`, text)
  }

  private findAll(text: string): Range[] {
    const found: Range[] = []
    for (const pattern of this.patterns) {
      for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
        found.push([at, at + pattern.length])
      }
    }
    return found
  }
}

type Range = [from: number, to: number]

/** Overlapping and touching secrets become one `***`. */
function merge(ranges: Range[]): Range[] {
  const merged: Range[] = []
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** The encoders that the agent registers (HostContext.cs): JSON string, URI data, and the escapes of a logging command. */
function formsOf(value: string): string[] {
  const newlines = value.replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeUri(value),
    newlines,
    value.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A'),
  ]
}

function encodeUri(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return value // A lone surrogate has no URI form.
  }
}
