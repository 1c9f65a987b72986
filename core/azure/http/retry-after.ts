/**
 * The time an answer asks to wait, in milliseconds, from `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` (seconds
 * or a date); undefined where it does not say, or not in a form we know. Without `now` a date is none: storage sends seconds.
 */
export function retryAfterMs(header: (name: string) => string | undefined, now?: Date): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const text = header(name)
    if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text)
  }
  const text = header('retry-after')
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return !now || Number.isNaN(date) || !/[a-z]/i.test(text) ? undefined : Math.max(0, date - now.getTime())
}
