import { page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import type { Fate } from '../../core/retire/plan.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import { qualifiedHubName } from '../../core/task-hub/hub.ts'
import type { CleanupWanted } from './wanted.ts'

export type HubOutcome = { readonly hub: Hub; readonly fate: Fate }

/** A hub that a guard holds back fails the task; one that the inputs keep does not. */
export function reportCleanup(wanted: CleanupWanted, outcomes: readonly HubOutcome[]): Report {
  const held = outcomes.filter(({ fate }) => fate.kind === 'held')
  return {
    result: held.length > 0 ? 'failed' : 'succeeded',
    message: held.length > 0 ? heldMessage(wanted, held) : doneMessage(wanted, outcomes),
    outputs: {
      deletedTaskHubs: JSON.stringify(entries(wanted, outcomes, ['delete', 'absent'])),
      keptTaskHubs: JSON.stringify(entries(wanted, outcomes, ['kept', 'held'])),
    },
    summary: page(
      wanted.dryRun ? '## Task hub clean-up (dry run)' : '## Task hub clean-up',
      outcomes.length === 0
        ? 'There is no retired task hub to delete.'
        : table(
            ['Task hub', 'Storage account', 'What became of it', 'Why'],
            outcomes.map(({ hub, fate }) => [hub.name, hub.account.name, fateInWords(wanted, fate), reasonOf(fate)]),
          ),
    ),
  }
}

function heldMessage(wanted: CleanupWanted, held: readonly HubOutcome[]): string {
  const each = held.map(({ hub, fate }) => `'${hub.name}' was not deleted: ${reasonOf(fate).replace(/\.$/, '')}`)
  const otherwise = wanted.taskHubs.length > 0 ? 'leave the hub out of taskHubName' : 'name others in taskHubName'
  return `Task hub ${each.join('; task hub ')}. Remove the cause, or ${otherwise}.`
}

function doneMessage(wanted: CleanupWanted, outcomes: readonly HubOutcome[]): string {
  if (outcomes.length === 0) return 'There is no retired task hub to delete.'
  const each = outcomes.map(({ hub, fate }) => `'${hub.name}' ${fateInWords(wanted, fate)}`)
  return `Task hubs: ${each.join(', ')}.`
}

function fateInWords(wanted: CleanupWanted, fate: Fate): string {
  switch (fate.kind) {
    case 'absent':
      return 'absent'
    case 'kept':
      return 'kept'
    case 'held':
      return 'held back'
    case 'delete':
      return wanted.dryRun ? 'would be deleted' : 'deleted'
  }
}

function reasonOf(fate: Fate): string {
  switch (fate.kind) {
    case 'absent':
      return 'no part of it is left in storage'
    case 'kept':
    case 'held':
      return fate.reason
    case 'delete':
      return 'idle, referenced by nothing, held by no worker'
  }
}

function entries(wanted: CleanupWanted, outcomes: readonly HubOutcome[], kinds: readonly Fate['kind'][]): unknown[] {
  const dry = wanted.dryRun && kinds.includes('delete')
  return outcomes
    .filter(({ fate }) => kinds.includes(fate.kind) && !(dry && fate.kind === 'delete'))
    .map(({ hub, fate }) => ({
      name: hub.name,
      taskHub: qualifiedHubName(hub),
      state: fateInWords(wanted, fate),
      reason: reasonOf(fate),
    }))
}
