import type { Evidence } from '../task-hub/idle-proof/evidence.ts'
import type { AskedHub } from '../task-hub/hub.ts'
import { workClasses } from '../task-hub/account/work-classes.ts'
import { accountTable } from './account-lines.ts'
import { minute } from '../task-hub/words.ts'
import { page, table, escapeCell } from './markdown.ts'

const mark = { idle: '✅ idle', busy: '⏳ busy', unknown: '❓ unknown' } as const

/** What one look at a hub showed, as a page for the run's summary. */
export function evidenceSummary(evidence: Evidence): string {
  return page(
    `Task hub **${escapeCell(evidence.hub.name)}** in ${place(evidence.hub)}: ${mark[evidence.verdict]} (evidence: ${evidence.source})`,
    escapeCell(sentence(evidence.because)),
    evidence.partial === true
      ? 'The look ended at the work it had found: there is at least what is counted here.'
      : undefined,
    classes(evidence),
    accountTable(evidence),
    oldest(evidence),
    evidence.notChecked.length > 0 ? `Not checked: ${escapeCell(evidence.notChecked.join('; '))}.` : undefined,
    ...evidence.warnings.map((warning) => `⚠️ ${escapeCell(warning)}`),
  )
}

function place({ account }: AskedHub): string {
  return account ? `storage account **${escapeCell(account.name)}**` : 'a storage account that cannot be told'
}

/** Undefined where nothing is known to be there. */
function classes(evidence: Evidence): string | undefined {
  const rows = workClasses(evidence).map(({ what, count, meaning }) => [what, String(count), meaning])
  return rows.length === 0 ? undefined : table(['What', 'How many', 'What it means'], rows)
}

function sentence(clause: string): string {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`
}

function oldest({ examples }: Evidence): string | undefined {
  if (examples.length === 0) return undefined
  const isAsked = examples.some(({ waitsFor }) => waitsFor !== undefined)
  return table(
    ['Instance', 'Orchestration', 'Version', 'Status', 'Created', ...(isAsked ? ['Waits for'] : [])],
    examples.map((each) => [
      each.instanceId,
      each.name,
      each.version,
      each.status || 'none',
      each.createdAt ? minute(each.createdAt) : 'not known',
      ...(isAsked ? [each.waitsFor ?? 'not asked'] : []),
    ]),
  )
}
