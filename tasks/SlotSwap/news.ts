import type { RunIdentity } from '../../core/record/record.ts'
import type { News } from '../../core/service/ports.ts'
import { toldId } from '../../core/service/told.ts'
import type { Deps } from '../deps.ts'
import { tellStateService, toldHubOf } from '../tell-state-service.ts'
import type { OpenSwap } from './open-swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

/** `found`: an earlier run swapped. `plan` is as the slots were before, or as they were found. */
type Swapped = OpenSwap & { readonly what: 'swapped' | 'found' | 'rolledBack' }

/** What the slots have by what this task did or found, as far as it is known. */
export class SwapNews {
  #standing: Swapped | undefined

  get standing(): Swapped | undefined {
    return this.#standing
  }

  /** It was proven. */
  stands(swapped: Swapped): void {
    this.#standing = swapped
  }

  /** A change is under way whose end is not seen yet, or somebody else has changed the slots. */
  isNotKnown(): void {
    this.#standing = undefined
  }
}

/** A cancelled task has 5 s to end, of which giving back the lock may take 2 s. */
const afterCancelMs = 1_000

/**
 * Runs `act`, then tells the state service what stands at its end, also where it failed or was cancelled: a service that
 * does not answer must hold up no health check, no way back and no lock. The telling itself never fails.
 */
export async function tellingAtEnd<T>(
  wanted: SlotSwapWanted,
  deps: Deps,
  act: (news: SwapNews) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const news = new SwapNews()
  try {
    return await act(news)
  } finally {
    if (news.standing) await tellSwap(wanted, deps, news.standing, signal)
  }
}

/** Tells the state service what the slots have now, or in a dry run says so. Never fails. */
export async function tellSwap(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan, what }: Swapped,
  signal: AbortSignal,
): Promise<void> {
  const told = newsOfSwap(wanted, { plan, what }, idOf(wanted, deps))
  await tellStateService(wanted, deps, { app: app.address, news: told ? [told] : [], afterCancelMs }, signal)
}

/** Undefined where the target has no hub that could be told, as after a roll back to a slot that never had one. */
function newsOfSwap(
  { sourceSlot, targetSlot }: SlotSwapWanted,
  { plan, what }: Omit<Swapped, 'app'>,
  id: string,
): News | undefined {
  const [source, target] = [toldHubOf(plan.source.hub), toldHubOf(plan.target.hub)]
  const [taskHub, previous] = what === 'swapped' ? [source, target] : [target, source]
  if (!taskHub) return undefined
  return {
    kind: 'swap',
    id: what === 'rolledBack' ? toldId(id, 'rolledBack') : id,
    sourceSlot,
    targetSlot,
    taskHub,
    ...(previous ? { previous } : {}),
    ...(what === 'rolledBack' ? { rolledBack: true } : {}),
  }
}

/** The same in each attempt of a run; where the agent tells no run, that of this task alone. */
function idOf(
  { taskHub }: SlotSwapWanted,
  { run, newId }: { readonly run: RunIdentity; readonly newId: () => string },
): string {
  return toldId(run.id ?? newId(), taskHub.name.toLowerCase())
}
