import { stripVTControlCharacters } from 'node:util'
import type { Bar } from './bench.ts'

/** Cells in columns; the first is set to the left, the others to the right. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, stripVTControlCharacters(cell).length)
    })
  }
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return rows.flatMap((row, at) => (at === 0 ? [line(row), rule] : [line(row)])).join('\n')
}

export function barsTable(bars: readonly Bar[]): string {
  return columns([
    ['bar', 'value', 'bound', 'holds'],
    ...bars.map(({ name, value, bound, holds }) => [
      name,
      value === undefined ? 'not measured' : String(value),
      bound,
      holds ? 'yes' : 'NO',
    ]),
  ])
}
