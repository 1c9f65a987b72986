import type { ModeAnswer } from '../../core/app-mode/ports.ts'
import { AzureFailure, asClause } from '../../core/failures.ts'
import type { AppModeDeps } from './app-mode-slot.ts'
import { openAppMode } from './app-mode-slot.ts'
import type { AppModeWanted } from './signal-wanted.ts'

/** The App Mode as one request shows it, for the action status. Changes nothing. Throws `Refusal`, and `Cancelled`. */
export async function readMode(wanted: AppModeWanted, deps: AppModeDeps, signal: AbortSignal): Promise<ModeAnswer> {
  try {
    const { endpoint } = await openAppMode(wanted, deps, signal)
    return await endpoint.read(signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return { kind: 'refused', because: asClause(error.message), remedy: '' }
  }
}
