import { AzureFailure } from '../../failures.ts'
import { inParallel } from '../../in-parallel.ts'
import { noChanges, withRow, type ChangeMark } from './changes.ts'
import type { IdlePolicy } from './policy.ts'
import { isEntity } from '../rows/entity.ts'
import { hasEnded } from '../rows/history.ts'
import type { HubReader } from './hub-reader.ts'
import { isIgnored } from './ignore.ts'
import { isOfHub, progress, type InstanceRow } from '../rows/instance.ts'
import type { HubName } from '../name.ts'
import type { ScanWatch } from './scan-watch.ts'
import { addRow, blocks, newTally, wantsHistory, type Tally } from './tally.ts'
import { inFlightName } from './in-flight.ts'

/** Blocking rows that are remembered; what is beyond is counted. */
export const mostKnown = 1000
/** Requests after which a survey that has found work ends, counts being "at least" from there on. */
export const surveyRequests = 256
/** Rows asked about in History before a hub that is busy anyway is left at that. */
const mostAsked = 100
const parallelReads = 8

export type SurveyQuestion = {
  readonly hub: HubName
  readonly policy: IdlePolicy
  readonly since: Date
  readonly watch: ScanWatch
  readonly foundWork?: ((name: string) => void) | undefined
}

export type Survey = {
  readonly tally: Tally
  /** Rows that block, at most `mostKnown`. */
  readonly known: InstanceRow[]
  changes: ChangeMark
  /** True where it ended early, at work. */
  cut: boolean
}

/**
 * Goes through the hub's rows, a batch in memory at a time. Ends at the first one that blocks once `surveyRequests` are
 * spent: the verdict is known then, and a hub of less than that many pages still gets its whole account. Undefined where
 * there is no Instances table.
 */
export async function surveyRows(
  reader: HubReader,
  question: SurveyQuestion,
  signal: AbortSignal,
): Promise<Survey | undefined> {
  const survey: Survey = { tally: newTally(), known: [], changes: noChanges(question.since), cut: false }
  const start = reader.requests()
  let asked = 0
  const ended = async (row: InstanceRow): Promise<boolean> => {
    if (!wantsHistory(row, question.policy) || (asked >= mostAsked && survey.known.length > 0)) return false
    asked += 1
    return hasEnded(row, await reader.history.endAndTimers(row.key, signal))
  }
  try {
    for await (const batch of reader.instances.scan(question.since, question.watch, signal)) {
      const rows = ownRows(reader, question.hub, batch, survey.tally)
      for (const row of rows) if (counts(row, question.policy)) survey.changes = withRow(survey.changes, row)
      const isNews = survey.known.length === 0
      await addAll(survey, question.policy, rows, ended)
      const [first] = survey.known
      if (isNews && first) question.foundWork?.(inFlightName(first))
      survey.cut = survey.known.length > 0 && reader.requests() - start >= surveyRequests
      if (survey.cut) break
    }
  } catch (error) {
    if (error instanceof AzureFailure && error.kind === 'notFound') return undefined
    throw error
  }
  return survey
}

/** The rows of the hub. In a shared store a row without TaskHubName may be anybody's: an unfinished one is counted so. */
function ownRows(
  { instances }: HubReader,
  hub: HubName,
  rows: readonly InstanceRow[],
  tally: Tally,
): readonly InstanceRow[] {
  if (!instances.shared) return rows
  tally.ownerless += rows.filter((row) => !row.taskHubName && progress(row) !== 'ended').length
  return rows.filter((row) => isOfHub(row, hub))
}

/** What may change between two proofs without harm: what is ignored on purpose changes all the time. */
function counts(row: InstanceRow, { entityPolicy, ignoreInstances }: IdlePolicy): boolean {
  return !isIgnored(row, ignoreInstances) && !(entityPolicy === 'ignore' && isEntity(row))
}

async function addAll(
  { tally, known }: Survey,
  policy: IdlePolicy,
  rows: readonly InstanceRow[],
  ended: (row: InstanceRow) => Promise<boolean>,
): Promise<void> {
  const unfinished = rows.filter((row) => progress(row) !== 'ended')
  for (let at = 0; at < unfinished.length; at += parallelReads) {
    const some = unfinished.slice(at, at + parallelReads)
    const proven = await inParallel(some, parallelReads, ended)
    some.forEach((row, index) => {
      const over = proven[index] === true
      addRow(tally, row, policy, over)
      if (known.length < mostKnown && blocks(row, policy, over)) known.push(row)
    })
  }
}
