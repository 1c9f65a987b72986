/** One `##vso[area.event key=value;…]data` line of a task. */
export type LoggingCommand = {
  readonly area: string
  readonly event: string
  /** Keys in lower case: the agent compares them without case. */
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

const prefix = '##vso['

/**
 * Reads a logging command as the agent does (azure-pipelines-agent Command.cs `TryParse`): the prefix may stand anywhere
 * in the line, and a line that is not a command is undefined, never an error.
 */
export function parseLoggingCommand(line: string): LoggingCommand | undefined {
  const start = line.indexOf(prefix)
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const info = line.slice(start + prefix.length, end)
  const space = info.indexOf(' ')
  const [area, event, ...rest] = (space < 0 ? info : info.slice(0, space)).split('.').filter((part) => part !== '')
  if (area === undefined || event === undefined || rest.length > 0) return undefined
  return {
    area: area.toLowerCase(),
    event: event.toLowerCase(),
    properties: space > 0 ? readProperties(info.slice(space + 1)) : {},
    data: unescapeCommand(line.slice(end + 1)),
  }
}

function readProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const pair of text.split(';')) {
    const equals = pair.indexOf('=')
    const value = pair.slice(equals + 1)
    if (equals > 0 && value !== '') properties[pair.slice(0, equals).toLowerCase()] = unescapeCommand(value)
  }
  return properties
}

/** The agent's unescaping, in the agent's order (CommandStringConvertor.cs): `%AZP25` is last. */
export function unescapeCommand(text: string): string {
  return text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%AZP25', '%')
}
