export type Limit = <T>(run: () => Promise<T>) => Promise<T>

/** Lets so many run at a time; the others wait their turn. */
export function limitTo(most: number): Limit {
  let running = 0
  const waiting: (() => void)[] = []
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await run()
    } finally {
      // Whoever is next takes over the place.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
