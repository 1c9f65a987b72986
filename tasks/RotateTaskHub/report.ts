import { evidenceSummary } from '../../core/report/evidence-summary.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import type { RotatePlan } from '../../core/rotate/plan.ts'
import { hubInWords, hubOf } from '../../core/function-app/slot-hub.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { announcedHubVariable } from '../../core/task-hub/wanted-hub.ts'
import type { RotateWanted } from './wanted.ts'

type Rotation = Extract<RotatePlan, { kind: 'rotate' }>

/** A rotation's reports take `announced`: the hub as later tasks are told it. */
export function reportRotated(
  wanted: RotateWanted,
  { plan, announced }: { readonly plan: Rotation; readonly announced: string },
  evidence: Evidence | undefined,
): Report {
  return {
    result: 'succeeded',
    message: `Slot '${plan.slot.name}' now has task hub '${wanted.taskHub}'; before it had ${hubInWords(plan.from)}.`,
    outputs: outputs(announced, previousOf(plan), true),
    variables: { [announcedHubVariable]: announced },
    summary: summary('## Task hub rotated', wanted, plan, evidence),
  }
}

/** A dry run announces nothing: later steps must not act on a hub that no slot has. */
export function reportRotation(
  wanted: RotateWanted,
  { plan, announced }: { readonly plan: Rotation; readonly announced: string },
  evidence: Evidence | undefined,
): Report {
  return {
    result: 'succeeded',
    message: `Dry run: slot '${plan.slot.name}' would get task hub '${wanted.taskHub}' in place of ${hubInWords(plan.from)}. Nothing was changed.`,
    outputs: outputs(announced, previousOf(plan), false),
    summary: summary('## Task hub rotation (dry run)', wanted, plan, evidence),
  }
}

export function reportAlreadyRotated(
  wanted: RotateWanted,
  { announced, previous }: { readonly announced: string; readonly previous: string | undefined },
): Report {
  const before = previous === undefined ? '' : ` The hub before it was '${previous}'.`
  return {
    result: 'succeeded',
    message: `Slot '${wanted.slotName}' already has task hub '${wanted.taskHub}'; nothing was changed.${before}`,
    outputs: outputs(announced, previous ?? '', false),
    ...(wanted.dryRun ? {} : { variables: { [announcedHubVariable]: announced } }),
    summary: page(
      '## Task hub already rotated',
      `Slot **${escapeCell(wanted.slotName)}** already has task hub **${wanted.taskHub}**. Nothing was changed.`,
    ),
  }
}

/** The outputs where nothing is announced. */
export const nothingRotated = outputs('', '', false)

function previousOf(plan: Rotation): string {
  return hubOf(plan.from)?.name ?? (plan.from.name.kind === 'set' ? plan.from.name.value : '')
}

function outputs(announced: string, previous: string, rotated: boolean): Readonly<Record<string, string>> {
  return { taskHubName: announced, previousTaskHubName: previous, rotated: String(rotated) }
}

function summary(title: string, wanted: RotateWanted, plan: Rotation, evidence: Evidence | undefined): string {
  return page(
    title,
    table(
      ['Slot', 'App setting', 'Task hub before', 'Task hub now'],
      [[plan.slot.name, plan.settingKey, previousOf(plan) || 'none', wanted.taskHub]],
    ),
    evidence ? evidenceSummary(evidence) : 'The task hub before was not asked whether it is idle.',
  )
}
