import type { Observed } from '../../core/drain/observe.ts'
import type { FenceState, PlannedStarter } from '../../core/drain/plan-fence.ts'
import { sameSlot } from '../../core/function-app/picture.ts'
import type { Log } from '../../core/ports.ts'
import { remoteText } from '../../core/remote-text.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import { many } from '../../core/task-hub/words.ts'
import type { Fencing } from './fence.ts'
import type { Quiet } from './quiet.ts'
import type { DrainWanted } from './wanted.ts'

/** `before`: as it was found, so that what this run did can be told apart. */
type Done = { readonly fencing: Fencing; readonly before: Fencing }

const mostIds = 5

/** A dry run tells what would be done. */
export function reportFencePlan(wanted: DrainWanted, fencing: Fencing): Report {
  const names = namesOf(fencing, 'toFence')
  const message =
    names.length === 0
      ? `Dry run: every starter of slot '${fencing.slot}' that is to be fenced already is. Nothing was changed.`
      : `Dry run: ${many(names.length, 'function')} of slot '${fencing.slot}' would be fenced: '${names.join("', '")}'. Nothing was changed.`
  return {
    result: 'succeeded',
    message,
    outputs: outputs(namesOf(fencing, 'fenced')),
    summary: summary('## Fence (dry run)', wanted, { fencing, before: fencing }, undefined),
  }
}

export function reportNotObserved(wanted: DrainWanted, done: Done, last: Observed): Report {
  const { slot } = done.fencing
  const because = last.kind === 'notYet' ? `: ${last.because}` : ''
  const minutes = many(Math.round(wanted.timeoutMs / 60_000), 'minute')
  return {
    result: 'failed',
    message:
      `The settings that fence slot '${slot}' are written, but within ${minutes} its functions were not seen disabled${because}. Look ` +
      "why its host does not come up, then run again; or run action 'release' to undo the fence.",
    outputs: outputs(fencedNames(done)),
    summary: summary('## Fence not observed', wanted, done, undefined),
  }
}

/** What the quiet period showed decides: new work that nothing explains fails the task. */
export function reportFenced({ log }: { readonly log: Log }, wanted: DrainWanted, done: Done, quiet: Quiet): Report {
  const { slot } = done.fencing
  const names = fencedNames(done)
  const fenced = fencedInWords(done)
  const told = { outputs: outputs(names, createdAfter(quiet)), summary: summary('## Fence', wanted, done, quiet) }
  switch (quiet.kind) {
    case 'notAsked':
      return { ...told, result: 'succeeded', message: `${fenced}; its task hub was not looked at.` }
    case 'nothing':
      return {
        ...told,
        result: 'succeeded',
        message: `${fenced}; no new instances to look for, because ${quiet.because}.`,
      }
    case 'quiet':
      return {
        ...told,
        result: 'succeeded',
        message: `${fenced}; for ${wanted.quietMs / 1000} s nothing new began in task hub '${quiet.hub}'.`,
      }
    case 'unknown':
      return {
        ...told,
        result: 'failed',
        message:
          `${fenced}, but whether new instances begin all the same is not known: ${quiet.because}. Make its task hub readable and run ` +
          'again, or set quietPeriodInSeconds to 0 to do without. The fence stays.',
      }
    case 'begun': {
      const begun = inWords(quiet)
      const open = done.fencing.starters.filter(
        (each) => each.state === 'open' && each.slots.some((name) => sameSlot(name, slot)),
      )
      if (open.length > 0) {
        const warning =
          `${begun} began in task hub '${quiet.hub}' after the fence. HTTP functions still start work: '${shown(open)}'. Set ` +
          'includeHttp to true to fence them too.'
        log.warn(warning)
        return { ...told, result: 'succeededWithIssues', message: `${fenced}. ${warning}` }
      }
      return {
        ...told,
        result: 'failed',
        message:
          `${fenced}, but ${begun} began in task hub '${quiet.hub}' after it. Something else starts them: an orchestration or entity that ` +
          'starts others, another app on this hub, or a client of the Durable HTTP API. Stop it, then run again. The fence stays.',
      }
    }
  }
}

function fencedInWords(done: Done): string {
  const { slot } = done.fencing
  const howMany = (state: FenceState) => namesOf(done.fencing, state).length
  const own = howMany('byOthers')
  if (howMany('fenced') > 0) return `${many(howMany('fenced'), 'function')} of slot '${slot}' fenced`
  return own > 0
    ? `Slot '${slot}' has no starter to fence: ${many(own, 'function')} disabled already by settings of your own`
    : `Slot '${slot}' has no starter to fence`
}

function inWords({ roots, areAll }: Extract<Quiet, { kind: 'begun' }>): string {
  const ids = roots.slice(0, mostIds).map(({ id, name }) => `'${remoteText(id, 100)}' (${remoteText(name, 100)})`)
  const count = `${areAll ? '' : 'at least '}${many(roots.length, 'new instance')}`
  return `${count} (${ids.join(', ')}${roots.length > mostIds ? ', …' : ''})`
}

function createdAfter(quiet: Quiet): string {
  if (quiet.kind === 'begun') return String(quiet.roots.length)
  return quiet.kind === 'quiet' || quiet.kind === 'nothing' ? '0' : ''
}

function outputs(fenced: readonly string[], createdAfterFence = ''): Report['outputs'] {
  return {
    fencedFunctions: JSON.stringify(fenced),
    releasedFunctions: '[]',
    appMode: '',
    inProgressCount: '',
    createdAfterFence,
  }
}

function fencedNames({ fencing }: Done): readonly string[] {
  return namesOf(fencing, 'fenced')
}

function namesOf({ starters }: Fencing, state: FenceState): readonly string[] {
  return starters.filter((each) => each.state === state).map(({ name }) => name)
}

function shown(starters: readonly PlannedStarter[]): string {
  return starters.map(({ name }) => remoteText(name, 130)).join("', '")
}

function summary(title: string, wanted: DrainWanted, { fencing, before }: Done, quiet: Quiet | undefined): string {
  const wasFenced = new Set(namesOf(before, 'fenced'))
  const words = (starter: PlannedStarter): string => {
    switch (starter.state) {
      case 'toFence':
        return 'would be fenced'
      case 'fenced':
        return wasFenced.has(starter.name) ? 'fenced before' : 'fenced'
      case 'byOthers':
        return 'disabled before, by a setting of your own'
      case 'open':
        return 'open (includeHttp is false)'
    }
  }
  return page(
    title,
    `Slot **${escapeCell(fencing.slot)}** of **${escapeCell(wanted.appName)}**.`,
    fencing.starters.length === 0
      ? 'No function of it starts work by itself.'
      : table(
          ['Function', 'Trigger', 'Slots', 'State'],
          fencing.starters.map((each) => [each.name, each.trigger, each.slots.join(', '), words(each)]),
        ),
    quiet && quietInWords(wanted, quiet),
  )
}

function quietInWords(wanted: DrainWanted, quiet: Quiet): string {
  switch (quiet.kind) {
    case 'notAsked':
      return 'Whether new instances begin was not looked at.'
    case 'nothing':
      return `No new instances to look for: ${escapeCell(quiet.because)}.`
    case 'quiet':
      return `Task hub **${escapeCell(quiet.hub)}**: nothing new began for ${wanted.quietMs / 1000} s.`
    case 'begun':
      return `⚠️ Task hub **${escapeCell(quiet.hub)}**: ${escapeCell(inWords(quiet))} began after the fence.`
    case 'unknown':
      return `❓ Whether new instances begin is not known: ${escapeCell(quiet.because)}.`
  }
}
