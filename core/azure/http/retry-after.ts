/**
 * The time an answer asks to wait, in milliseconds, from `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` (seconds
 * or a date); undefined where it does not say, or not in a form we know.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const text = headers[name]
    if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text)
  }
  const text = headers['retry-after']
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) || !/[a-z]/i.test(text) ? undefined : Math.max(0, date - now.getTime())
}
