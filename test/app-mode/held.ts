import type { AppMode, Item } from '../../app-mode/src/index.ts'

/** An item that is in progress until it is let go. */
export type Held = { readonly item: Item; readonly done: Promise<void>; end(error?: Error): void }

/** A promise that a test settles. */
export function later<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Begins an item and waits until it has begun. Throws what `run` throws where it is refused. */
export async function hold(app: Pick<AppMode, 'run'>, name = 'item', prepare?: (item: Item) => void): Promise<Held> {
  const ended = later<undefined>()
  const begun = later<Item>()
  const done = app.run(name, async (item) => {
    prepare?.(item)
    begun.resolve(item)
    await ended.promise
  })
  done.catch((error: unknown) => begun.reject(error as Error))
  const item = await begun.promise
  return { item, done, end: (error) => (error ? ended.reject(error) : ended.resolve(undefined)) }
}
