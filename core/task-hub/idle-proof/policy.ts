/** How a look at a hub is judged. */
export type IdlePolicy = {
  readonly entityPolicy: 'ignoreIdle' | 'block' | 'ignore'
  readonly acceptInvisibleMessages: boolean
  readonly ignoreInstances: readonly IgnorePattern[]
}

/** One line of `ignoreInstances`: `name:` or `id:` with `*` for any run of characters. */
export type IgnorePattern = { readonly field: 'name' | 'id'; readonly pattern: string }

export const strictPolicy: IdlePolicy = {
  entityPolicy: 'ignoreIdle',
  acceptInvisibleMessages: false,
  ignoreInstances: [],
}
