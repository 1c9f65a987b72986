import type { Evidence } from '../idle-proof/evidence.ts'

/** One class of work, or of what work leaves behind: how many, and what it means for the deployment. */
export type WorkClass = { readonly what: string; readonly count: number; readonly meaning: string }

/**
 * The classes that a look has found, in the order in which they matter. What is told apart of a coarser count comes after
 * it, and begins with `…`. Two are there whatever their count, so that a page never says nothing; where a look failed, a 0
 * would say more than is known.
 */
export function workClasses(evidence: Evidence): readonly WorkClass[] {
  const { verdict } = evidence
  return allClasses(evidence)
    .filter(({ what, count }) => count > 0 || (verdict !== 'unknown' && (what === 'Running' || what === 'Pending')))
    .map((one) => (one.count > 0 ? one : { ...one, meaning: 'Nothing to wait for.' }))
}

function allClasses(evidence: Evidence): readonly WorkClass[] {
  return [...instanceClasses(evidence), ...messageClasses(evidence), ...harmlessClasses(evidence)]
}

function instanceClasses({ counts, detail, account }: Evidence): readonly WorkClass[] {
  const continued = Math.max(detail?.continued ?? 0, account?.continued ?? 0)
  return [
    work('Running', counts.running, 'They need this code: the deployment waits until they have ended.'),
    work(
      '… that have continued as new',
      continued,
      'They may be eternal: terminate them, or name them in ignoreInstances, if they never end.',
    ),
    work(
      '… timers that these wait for',
      account?.timers ?? 0,
      'Their messages cannot be seen until they are due; the deployment waits until then.',
    ),
    work('Pending', counts.pending, 'Their start has not begun: they are work, and will run on this code.'),
    work(
      '… scheduled to start later',
      detail?.scheduled ?? 0,
      'They start at their time, however late: the deployment waits, or they are terminated.',
    ),
    work(
      '… whose start is lost',
      account?.lostStarts ?? 0,
      'No message will ever start them, so they stay for ever: terminate them, or name them in ignoreInstances.',
    ),
    work('Suspended', counts.suspended, 'They do not end by themselves: resume or terminate them.'),
    work(
      'Without a known status',
      counts.unclear,
      'Most likely purged while they ran: they still run, and count as running until their row says that they ended.',
    ),
    work(
      'Busy entities',
      counts.busyEntities,
      'Operations wait for them or a lock holds them: the deployment waits, unless entityPolicy is ignore.',
    ),
    work(
      'Idle entities',
      counts.idleEntities,
      'They do no work, but their state stays behind in this task hub and the new one begins without it. They block where entityPolicy is block.',
    ),
  ]
}

function messageClasses({ counts, detail, account }: Evidence): readonly WorkClass[] {
  const waits = 'the deployment waits until it is processed.'
  const all = work('Messages in queues', counts.queuedMessages, 'What is below; all but leftovers is work.')
  if (!detail) return [all]
  const { queued } = detail
  const { kinds } = queued
  const starts = account?.newStarts ?? 0
  return [
    all,
    work('… activities', queued.activities, 'Queued or executing: their results are lost if this code goes away.'),
    work('… starts', kinds.start, `An instance begins with each: ${waits}`),
    work(
      '… … of instances without a row yet',
      starts,
      'Starts or sub-orchestrations on their way: no list of instances shows them, they are work all the same.',
    ),
    work('… results of activities and sub-orchestrations', kinds.result, `An instance goes on with each: ${waits}`),
    work('… timers that are due', kinds.timer, `An instance goes on with each: ${waits}`),
    work('… events', kinds.event, `Somebody has raised them for an instance: ${waits}`),
    work('… entity operations', kinds.operation, `An entity is to carry out each: ${waits}`),
    work('… large messages', kinds.large, `Their content is in a blob and was not read: ${waits}`),
    work('… other messages', kinds.activity + kinds.other + queued.unread, `They could not be told apart: ${waits}`),
    work(
      '… that cannot be seen',
      queued.hidden,
      'Being processed, waiting for another attempt, or due later, as timers are: work, unless acceptInvisibleMessages is true.',
    ),
  ]
}

function harmlessClasses({ counts }: Evidence): readonly WorkClass[] {
  return [
    work(
      '… timers of instances that ended, or are ignored',
      counts.leftoverTimers,
      'Harmless: left over from cancelled timers, or what an ignored instance waits for, as History proves.',
    ),
    work(
      'Finished, but not marked so',
      counts.finishedButNotMarked,
      'Harmless: History proves that they ended, although their row was not updated.',
    ),
    work(
      'Ignored by ignoreInstances',
      counts.ignored,
      'Left out on purpose: those that still run stay behind in this task hub.',
    ),
  ]
}

function work(what: string, count: number, meaning: string): WorkClass {
  return { what, count, meaning }
}
