import type { ModeDocument } from './aggregate.ts'
import type { Hold } from './state.ts'

/** How far one answer reaches. All three answer with the mode as it is afterwards, and may throw `OtherGeneration`. */
export interface Scope {
  /** Undefined: an item may be begun at once, if it may be begun at all. Throws `AppIsStopping` where nobody can tell. */
  ready(): undefined | Promise<void>
  prepare(hold: Hold): Promise<ModeDocument>
  read(): Promise<ModeDocument>
  resume(generation: string): Promise<ModeDocument>
  /** Something of this process has changed that others should know of. */
  changed(): void
  close(): Promise<void>
}
