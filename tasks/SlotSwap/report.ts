import { hubInWords } from '../../core/function-app/slot-hub.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import type { FailureShare } from '../../core/swap/failure-share.ts'
import type { SwapPlan } from '../../core/swap/plan.ts'
import { failureOutput, failureSentence, failureSummary } from './failure-report.ts'
import type { Standing } from './standing.ts'
import type { SlotSwapWanted } from './wanted.ts'

type Flags = {
  readonly swapped?: boolean
  readonly alreadySwapped?: boolean
  readonly rolledBack?: boolean
  readonly failureShare?: FailureShare | undefined
}

export function reportPlan(wanted: SlotSwapWanted, plan: Extract<SwapPlan, { kind: 'swap' }>): Report {
  const before: Standing = {
    targetTaskHub: plan.target.hub.name.kind === 'set' ? plan.target.hub.name.value : '',
    sourceTaskHub: plan.source.hub.name.kind === 'set' ? plan.source.hub.name.value : '',
    targetRuns: 'another',
  }
  return report('succeeded', {
    wanted,
    standing: before,
    message:
      `Dry run: slot '${wanted.sourceSlot}' (task hub ${hubInWords(plan.source.hub)}) would be swapped with slot ` +
      `'${wanted.targetSlot}' (${hubInWords(plan.target.hub)}). Nothing was changed.`,
  })
}

export function reportSwapped(wanted: SlotSwapWanted, standing: Standing, failureShare?: FailureShare): Report {
  const message = `Slot '${wanted.targetSlot}' runs task hub '${wanted.taskHub.name}' and is healthy; slot '${wanted.sourceSlot}' now has ${named(standing.sourceTaskHub)}.`
  return report('succeeded', {
    wanted,
    standing,
    message: withShare(message, failureShare),
    swapped: true,
    failureShare,
  })
}

export function reportAlreadySwapped(wanted: SlotSwapWanted, standing: Standing, failureShare?: FailureShare): Report {
  const message = `Slot '${wanted.targetSlot}' already runs task hub '${wanted.taskHub.name}'; nothing was swapped.`
  return report('succeeded', {
    wanted,
    standing,
    message: withShare(message, failureShare),
    alreadySwapped: true,
    failureShare,
  })
}

function withShare(message: string, share: FailureShare | undefined): string {
  return share === undefined ? message : `${message} ${failureSentence(share)}`
}

export function reportFailure(wanted: SlotSwapWanted, standing: Standing, problem: string, flags: Flags = {}): Report {
  const now =
    standing.targetRuns === 'unknown'
      ? 'Which task hubs the slots have now could not be read.'
      : `Slot '${wanted.targetSlot}' has ${named(standing.targetTaskHub)}, slot '${wanted.sourceSlot}' ${named(standing.sourceTaskHub)}.`
  return report('failed', { wanted, standing, message: `${problem} ${now}`, ...flags })
}

/** The outputs where the slots were not asked. */
export const nothingSwapped = {
  swapped: 'false',
  alreadySwapped: 'false',
  rolledBack: 'false',
  targetTaskHub: '',
  sourceTaskHub: '',
}

function named(hub: string): string {
  return hub === '' ? 'no task hub' : `task hub '${hub}'`
}

function report(
  result: Report['result'],
  told: Flags & { readonly wanted: SlotSwapWanted; readonly standing: Standing; readonly message: string },
): Report {
  const { wanted, standing } = told
  return {
    result,
    message: told.message,
    outputs: {
      swapped: String(told.swapped ?? false),
      alreadySwapped: String(told.alreadySwapped ?? false),
      rolledBack: String(told.rolledBack ?? false),
      targetTaskHub: standing.targetTaskHub,
      sourceTaskHub: standing.sourceTaskHub,
      ...(told.failureShare === undefined ? {} : { failureShare: failureOutput(told.failureShare) }),
    },
    summary: page(
      '## Slot swap',
      escapeCell(told.message),
      table(
        ['Slot', 'Task hub'],
        [
          [wanted.targetSlot, standing.targetTaskHub],
          [wanted.sourceSlot, standing.sourceTaskHub],
        ],
      ),
      told.failureShare && failureSummary(told.failureShare),
    ),
  }
}
