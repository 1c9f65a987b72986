import type { Observed } from '../../core/drain/observe.ts'
import { remoteText } from '../../core/remote-text.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import { many } from '../../core/task-hub/words.ts'
import type { Releasing } from './release.ts'
import type { DrainWanted } from './wanted.ts'

/** A dry run tells what would be done. */
export function reportReleasePlan(plan: Releasing): Report {
  const names = namesOf(plan)
  const message =
    names.length === 0 && plan.removeSticky.length === 0
      ? `Dry run: nothing of slot '${plan.slot}' is fenced. Nothing was changed.`
      : `Dry run: ${many(names.length, 'function')} of slot '${plan.slot}' would be released, and ${many(plan.removeSticky.length, 'name')} ` +
        'would be no deployment slot setting any more. Nothing was changed.'
  return {
    result: 'succeeded',
    message,
    outputs: outputs([]),
    summary: summary('## Release (dry run)', plan, 'would be released'),
  }
}

export function reportNothingFenced(plan: Releasing): Report {
  const left = plan.removeSticky.length > 0 || plan.functions.length > 0
  return {
    result: 'succeeded',
    message: left
      ? `No function of slot '${plan.slot}' was fenced any more; what a fence had left in the settings was removed.`
      : `Nothing of slot '${plan.slot}' is fenced; nothing was changed.`,
    outputs: outputs([]),
    summary: summary('## Release', plan, 'released'),
  }
}

/** A slot that is stopped runs no function; its settings were read back. */
export function reportReleasedUnseen(plan: Releasing): Report {
  const names = namesOf(plan)
  return {
    result: 'succeededWithIssues',
    message:
      `${many(names.length, 'function')} of slot '${plan.slot}' released: the settings are as they were before the fence. The slot is ` +
      'stopped, so the functions were not seen enabled; they are once it is started.',
    outputs: outputs(names),
    summary: summary('## Release', plan, 'released'),
  }
}

export function reportReleased(wanted: DrainWanted, plan: Releasing, last: Observed): Report {
  const names = namesOf(plan)
  const released = `${many(names.length, 'function')} of slot '${plan.slot}' released`
  const told = { outputs: outputs(names), summary: summary('## Release', plan, 'released') }
  switch (last.kind) {
    case 'asWanted':
      return { ...told, result: 'succeeded', message: `${released}; they are seen enabled again.` }
    case 'otherwiseDisabled':
      return {
        ...told,
        result: 'succeededWithIssues',
        message:
          `${released}, but after the restart the host still says that '${last.names.map((name) => remoteText(name, 130)).join("', '")}' is ` +
          'disabled: by its code, or by another setting.',
      }
    case 'notYet':
      return {
        ...told,
        result: 'failed',
        message:
          `${released}: the settings are as they were before the fence. But within ${many(Math.round(wanted.timeoutMs / 60_000), 'minute')} the ` +
          `functions were not seen enabled: ${last.because}. Look why the host of the slot does not come up.`,
      }
  }
}

function namesOf({ functions }: Releasing): readonly string[] {
  return functions.filter(({ state }) => state === 'toRelease').map(({ name }) => name)
}

function outputs(released: readonly string[]): Report['outputs'] {
  return {
    fencedFunctions: '[]',
    releasedFunctions: JSON.stringify(released),
    appMode: '',
    inProgressCount: '',
    createdAfterFence: '',
  }
}

function summary(title: string, { slot, functions }: Releasing, done: string): string {
  return page(
    title,
    `Slot **${escapeCell(slot)}**.`,
    functions.length === 0
      ? 'No function of it was fenced.'
      : table(
          ['Function', 'State'],
          functions.map(({ name, state }) => [
            name,
            state === 'toRelease' ? done : 'changed by somebody else since, left as it is',
          ]),
        ),
  )
}
