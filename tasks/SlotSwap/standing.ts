import { AzureFailure } from '../../core/failures.ts'
import { findHub, runsHub } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { OpenApp } from '../look-at-app.ts'
import type { SlotSwapWanted } from './wanted.ts'

/** Which hub each slot has at the end; empty where none, or where it is not known. */
export type Standing = {
  readonly targetTaskHub: string
  readonly sourceTaskHub: string
  readonly targetRuns: 'wanted' | 'another' | 'unknown'
}

const unknown: Standing = { targetTaskHub: '', sourceTaskHub: '', targetRuns: 'unknown' }

/** The hubs as they stand now, for the outputs and the last word; read once more, because only the slots tell. */
export async function readStanding(app: OpenApp, wanted: SlotSwapWanted, signal: AbortSignal): Promise<Standing> {
  let view: AppView
  try {
    view = await app.look(signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return unknown
  }
  const [target, source] = [findHub(view.hubs, wanted.targetSlot), findHub(view.hubs, wanted.sourceSlot)]
  if (!target || !source || target.name.kind === 'unreadable' || source.name.kind === 'unreadable') return unknown
  return {
    targetTaskHub: target.name.kind === 'set' ? target.name.value : '',
    sourceTaskHub: source.name.kind === 'set' ? source.name.value : '',
    targetRuns: runsHub(target, wanted.taskHub) ? 'wanted' : 'another',
  }
}
