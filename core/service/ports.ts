import type { AppAddress, SlotName } from '../function-app/picture.ts'
import type { RunIdentity } from '../record/record.ts'
import type { AskedHub } from '../task-hub/hub.ts'
import type { LookAtHub } from '../task-hub/idle-proof/evidence.ts'
import type { IdlePolicy } from '../task-hub/idle-proof/policy.ts'

/** Where a state service is, and how a task says who it is. Exactly one of `key` and `audience` is set. */
export type StateServiceAddress = {
  /** https, without key, query and slash at its end. */
  readonly url: string
  /** Goes in the header `x-functions-key`. */
  readonly key?: string
  /** Application ID URI of the service: a token for it, of the service connection's identity, goes in `Authorization`. */
  readonly audience?: string
}

/** What a task wants to know of a slot's own hub. */
export type StatusQuestion = {
  readonly app: Pick<AppAddress, 'name'>
  readonly slot: SlotName
  /** As this task read it from the slot: an answer about another one is none. */
  readonly hub: AskedHub
  readonly policy: IdlePolicy
  /** How old a proof may be while a worker is alive on the hub; 0 = proven for this answer. */
  readonly maxProofAgeInSeconds: number
}

/** A hub as the service is told of it; without an account where that is not known. */
export type ToldHub = { readonly account?: string; readonly name: string }

/** What a task has done, for the service to know it sooner than it would find out. */
export type News =
  | {
      readonly kind: 'staging'
      readonly slot: SlotName
      readonly taskHub: ToldHub
      /** What the slot had before. */
      readonly previous?: ToldHub
      readonly build: string
    }
  | {
      readonly kind: 'swap'
      /** The same each time the same swap is told. */
      readonly id: string
      readonly sourceSlot: SlotName
      readonly targetSlot: SlotName
      /** What the target runs now. */
      readonly taskHub: ToldHub
      /** What the source has now. */
      readonly previous?: ToldHub
      readonly rolledBack?: true
    }
  | { readonly kind: 'cleanup'; readonly taskHub: ToldHub }

/** A state service, as far as the tasks use it. What it knows is never what a change rests on. */
export interface StateServiceClient {
  /**
   * Anything but an answer in the service's own contract is `unknown`. Throws `Refusal` where the service does not take the
   * question, which asking again would not change, and `Cancelled`.
   */
  look(question: StatusQuestion): LookAtHub
  /**
   * Tells it once; answers its own words, fit to print. Told twice, it is entered once. Throws `AzureFailure` where it was
   * not entered, or that is not known, and `Cancelled`.
   */
  tell(
    message: { readonly app: Pick<AppAddress, 'name'>; readonly news: News; readonly by: RunIdentity },
    signal: AbortSignal,
  ): Promise<string>
}
