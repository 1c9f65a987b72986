import type { Evidence } from '../task-hub/evidence.ts'
import type { AskedHub } from '../task-hub/hub.ts'
import { page, table, escapeCell } from './markdown.ts'

const mark = { idle: '✅ idle', busy: '⏳ busy', unknown: '❓ unknown' } as const

/** What one look at a hub showed, as a page for the run's summary. */
export function evidenceSummary(evidence: Evidence): string {
  const { counts } = evidence
  const rows = (
    [
      ['Running', counts.running],
      ['Pending', counts.pending],
      ['Suspended', counts.suspended],
      ['Without a known status', counts.unclear],
      ['Messages in queues', counts.queuedMessages],
      ['… of which leftovers of cancelled timers', counts.leftoverTimers],
      ['Busy entities', counts.busyEntities],
      ['Idle entities', counts.idleEntities],
      ['Finished, but not marked so', counts.finishedButNotMarked],
      ['Ignored by ignoreInstances', counts.ignored],
    ] as const
  ).filter(([name, count]) => count > 0 || name === 'Running' || name === 'Pending')
  return page(
    `Task hub **${escapeCell(evidence.hub.name)}** in ${place(evidence.hub)}: ${mark[evidence.verdict]} (evidence: ${evidence.source})`,
    escapeCell(evidence.because),
    table(
      ['What', 'How many'],
      rows.map(([name, count]) => [name, String(count)]),
    ),
    oldest(evidence),
    evidence.notChecked.length > 0 ? `Not checked: ${escapeCell(evidence.notChecked.join('; '))}.` : undefined,
    ...evidence.warnings.map((warning) => `⚠️ ${escapeCell(warning)}`),
  )
}

function place({ account }: AskedHub): string {
  return account ? `storage account **${escapeCell(account.name)}**` : 'a storage account that cannot be told'
}

function oldest({ examples }: Evidence): string | undefined {
  if (examples.length === 0) return undefined
  return table(
    ['Instance', 'Orchestration', 'Version', 'Status', 'Created'],
    examples.map((each) => [
      each.instanceId,
      each.name,
      each.version,
      each.status,
      each.createdAt?.toISOString() ?? 'not known',
    ]),
  )
}
