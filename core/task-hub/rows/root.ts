import { parseJson } from '../../json.ts'
import type { InstanceRow } from './instance.ts'

/** The rows of one instance's History that tell how it began. */
export type BeginRow = {
  readonly executionId?: string
  /** Of an ExecutionStarted: JSON of the parent; `null` as JSON, empty or missing where there is none. */
  readonly parentInstance?: string
  /** An OrchestratorCompleted that is marked as played: only one that came of a continue-as-new begins so. */
  readonly isContinued?: boolean
}

/**
 * Whether an instance was begun from outside, and not by an orchestration that was there already:
 * 1. a Pending row was written by a client; orchestrations begin others by a message alone, without a row (DT
 *    AzureStorageOrchestrationService.cs:1778-1797, Core/TaskOrchestrationDispatcher.cs:1293-1303);
 * 2. a sub-orchestration has its parent in History's ExecutionStarted;
 * 3. one that continued as new keeps its id and gets a new CreatedTime; its first OrchestratorCompleted is marked as played (2
 *    and 3 as seen in every recording of test/dtfx, versions 1.6 to 2.9);
 * 4. only the events of the row's own execution count, unless History has moved on to another one meanwhile.
 */
export function isRoot(row: Pick<InstanceRow, 'status' | 'executionId'>, history: readonly BeginRow[]): boolean {
  if (row.status === 'Pending') return true
  if (row.status === 'ContinuedAsNew') return false
  const own = history.filter(({ executionId }) => executionId === row.executionId)
  const events = own.length > 0 ? own : history
  return !events.some(({ parentInstance, isContinued }) => isContinued === true || hasParent(parentInstance))
}

function hasParent(text: string | undefined): boolean {
  if (text === undefined || text.trim() === '') return false
  return parseJson(text) !== null
}
