import type { Figures } from './figures.ts'

const [width, left, barHeight, gap, top] = [860, 210, 18, 34, 64]
const [lossColour, doubleColour, textColour, lineColour] = ['#c0392b', '#e0a030', '#333333', '#cccccc']

/** Bars: the share of swaps that lost items, and of those that doubled some, for each method. */
export function plotOf(all: readonly Figures[]): string {
  const rowHeight = 2 * barHeight + gap
  const height = top + all.length * rowHeight + 40
  const plotWidth = width - left - 150
  const rows = all.flatMap((figures, at) => {
    const y = top + at * rowHeight
    const { title, repetitions, withMissing, withDoubled, missing, doubled } = figures
    return [
      text(left - 12, y + barHeight + 5, title, 'end'),
      bar(y, {
        share: withMissing / repetitions,
        colour: lossColour,
        label: `${withMissing} of ${repetitions} lost ${missing} items`,
      }),
      bar(y + barHeight + 2, {
        share: withDoubled / repetitions,
        colour: doubleColour,
        label: `${withDoubled} of ${repetitions} doubled ${doubled}`,
      }),
    ]
  })
  const ticks = [0, 25, 50, 75, 100].flatMap((percent) => {
    const x = left + (plotWidth * percent) / 100
    const bottom = height - 34
    return [
      `<line x1="${x}" y1="${top - 8}" x2="${x}" y2="${bottom}" stroke="${lineColour}"/>`,
      text(x, bottom + 18, `${percent} %`, 'middle'),
    ]
  })
  const [first] = all
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(left, 24, `Swaps that lost or doubled items, of ${first?.repetitions ?? 0} each`, 'start'),
    `<rect x="${left}" y="34" width="12" height="12" fill="${lossColour}"/>`,
    text(left + 18, 45, 'lost', 'start'),
    `<rect x="${left + 70}" y="34" width="12" height="12" fill="${doubleColour}"/>`,
    text(left + 88, 45, 'doubled', 'start'),
    ...ticks,
    ...rows,
    '</svg>',
    '',
  ].join('\n')

  function bar(y: number, { share, colour, label }: { share: number; colour: string; label: string }): string {
    const length = Math.round(plotWidth * share)
    return `<rect x="${left}" y="${y}" width="${Math.max(1, length)}" height="${barHeight}" fill="${colour}"/>${text(left + length + 6, y + 13, label, 'start')}`
  }
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${textColour}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
