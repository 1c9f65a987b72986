import type { ModeDocument } from '../../core/app-mode/mode-document.ts'
import { escapeCell, page, table } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'

/** What signal and resume tell; without a document the mode is `unknown`. */
export function modeReport(result: Report['result'], message: string, document?: ModeDocument): Report {
  return {
    result,
    message,
    outputs: {
      appMode: document?.mode ?? 'unknown',
      inProgressCount: document === undefined ? '' : String(document.inProgress),
    },
    summary: page('## App Mode', escapeCell(message), document && modeTable(document)),
  }
}

/** The mode document as a table of a page. */
export function modeTable(document: ModeDocument): string {
  const { mode, generation, until, inProgress, scope, members, stashed, failedStashes } = document
  return table(
    ['Mode', 'Generation', 'Until', 'In progress', 'Scope', 'Processes', 'Put aside', 'Could not be put aside'],
    [
      [
        mode,
        generation ?? 'none',
        until?.toISOString() ?? '',
        String(inProgress),
        scope,
        String(members),
        String(stashed),
        String(failedStashes),
      ],
    ],
  )
}
