/** Runs `act` on each item, at most `limit` at a time; the answers are in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const queue = items.entries()
  const work = async () => {
    for (const [index, item] of queue) results.set(index, await act(item))
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return [...results].sort(([left], [right]) => left - right).map(([, result]) => result)
}
