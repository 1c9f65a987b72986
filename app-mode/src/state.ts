// What an app has been told to do, and what may be told to it next. Pure: times come in as arguments.

/** `epoch` counts preparations: what was in progress under an earlier one says nothing of this one. */
export type State = {
  readonly epoch: number
  /** Not set: Normal. `until` is in milliseconds since 1970. */
  readonly prepared?: { readonly generation: string; readonly until: number }
}

export const atFirst: State = { epoch: 0 }

export type Hold = { readonly generation: string; readonly holdMs: number }

/** Another generation has prepared the app, and its hold has not run out. */
export class OtherGeneration extends Error {
  override readonly name = 'OtherGeneration'
  readonly generation: string
  readonly until: number

  constructor({ generation, until }: { readonly generation: string; readonly until: number }) {
    super(`Generation ${generation} has prepared this app until ${new Date(until).toISOString()}.`)
    this.generation = generation
    this.until = until
  }
}

/** Prepared from now on; for the generation that already did, only its hold is renewed. Throws `OtherGeneration`. */
export function prepare(before: State, { generation, holdMs }: Hold, now: number): State {
  const { epoch, prepared } = lapse(before, now)
  if (prepared && prepared.generation !== generation) throw new OtherGeneration(prepared)
  return { epoch: prepared ? epoch : epoch + 1, prepared: { generation, until: now + holdMs } }
}

/** Normal from now on. Throws `OtherGeneration`. */
export function resume(before: State, generation: string, now: number): State {
  const state = lapse(before, now)
  if (!state.prepared) return state
  if (state.prepared.generation !== generation) throw new OtherGeneration(state.prepared)
  return { epoch: state.epoch }
}

/** Normal once the hold has run out: a pipeline that died must not stop an app for ever. The same object where nothing changes. */
export function lapse(state: State, now: number): State {
  return state.prepared && state.prepared.until <= now ? { epoch: state.epoch } : state
}

/** 1 to 100 of A-Z a-z 0-9 . _ - */
export function isGeneration(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(value)
}

/** From 60 s to a day, whole. */
export function isHoldSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 60 && value <= 86_400
}
