const longest = 300

/** Text in which `##vso[` and `##[` no longer read as commands of the agent; its lines stay. */
export function neutraliseMarkers(text: string): string {
  return text.replace(/##(?=vso\[|\[)/gi, '# #')
}

/** Text from outside, fit for a log line: no agent commands, control characters and line separators are blanks. */
export function neutralise(text: string): string {
  return neutraliseMarkers(text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' '))
}

/** Neutralised and cut to about 300 characters, for a message. */
export function remoteText(text: string, limit = longest): string {
  const plain = neutralise(text).trim()
  if (plain.length <= limit) return plain
  return `${plain.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')}…`
}
