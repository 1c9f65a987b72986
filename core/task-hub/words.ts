/** `1 message`, `2 messages`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}

/** `2026-11-21 10:00Z` */
export function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

/** `40 s`, `4 min`, `3 h`, `12 d`: what is accurate enough for an estimate. */
export function roughly(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
