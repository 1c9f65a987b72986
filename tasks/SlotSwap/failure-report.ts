import { escapeCell, page, table } from '../../core/report/markdown.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { FailureShare, NameShare } from '../../core/swap/failure-share.ts'

const mostNames = 20
const longestName = 100

const verdicts: Readonly<Record<FailureShare['verdict'], string>> = {
  healthy: 'healthy',
  unhealthy: 'unhealthy',
  noData: 'no data',
}

/** One sentence for the message and the log. */
export function failureSentence({ verdict, because }: FailureShare): string {
  return `Failure share: ${verdicts[verdict]}, ${because}.`
}

/** The output `failureShare`; names are cut and neutralised. */
export function failureOutput({ verdict, because, judged, names, running }: FailureShare): string {
  return JSON.stringify({
    verdict,
    because,
    ...(judged === undefined
      ? {}
      : {
          new: { begun: judged.begun, ended: judged.ended, failed: judged.failed, percent: judged.percent },
          old: { expectedPercent: judged.expectedPercent },
        }),
    ...(running === undefined ? {} : { running }),
    names: names.slice(0, mostNames).map((each) => ({
      name: nameOf(each),
      judged: each.expectedPercent !== undefined,
      new: { begun: each.begun, ended: each.ended, failed: each.failed },
      old: {
        begun: each.begunBefore,
        failed: each.failedBefore,
        ...(each.expectedPercent === undefined ? {} : { expectedPercent: percentOf(each.expectedPercent) }),
      },
    })),
    otherNames: Math.max(0, names.length - mostNames),
  })
}

/** A part of the run's summary. */
export function failureSummary(share: FailureShare): string {
  const others = share.names.length - mostNames
  return page(
    '### Failure share after the swap',
    escapeCell(failureSentence(share)),
    share.names.length === 0
      ? undefined
      : table(
          ['Orchestrator', 'Began', 'Ended', 'Failed', 'Began before', 'Failed', 'Expected'],
          share.names
            .slice(0, mostNames)
            .map((each) => [
              nameOf(each),
              `${each.begun}`,
              `${each.ended}`,
              `${each.failed}`,
              `${each.begunBefore}`,
              `${each.failedBefore}`,
              each.expectedPercent === undefined ? 'nothing to compare with' : `${percentOf(each.expectedPercent)} %`,
            ]),
        ),
    others > 0 ? `${others} other names began less often.` : undefined,
  ).trimEnd()
}

function nameOf({ name }: NameShare): string {
  return remoteText(name, longestName)
}

function percentOf(percent: number): number {
  return Math.round(10 * percent) / 10
}
