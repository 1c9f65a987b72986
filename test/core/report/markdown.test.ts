import assert from 'node:assert/strict'
import { escapeCell, page, table } from '../../../core/report/markdown.ts'

describe('a page in the summary of a run', () => {
  it('keeps its parts apart and leaves out what there is none of', () => {
    assert.equal(page('# One', undefined, '', 'two'), '# One\n\ntwo\n')
  })

  it('has a table with one line a row', () => {
    assert.equal(table(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | --- |\n| 1 | 2 |')
  })

  for (const [what, text, safe] of [
    ['a new column', 'a | b', 'a \\| b'],
    ['a new line', 'a\r\nb', 'a b'],
    ['HTML', '<img src=x>&lt;', '&lt;img src=x>&amp;lt;'],
    ['a link', '[click](https://x.example)', '\\[click\\](https://x.example)'],
    ['an image', '![x](y)', '\\!\\[x\\](y)'],
    ['code', '`x`', '\\`x\\`'],
    ['a mark that was escaped before', '\\|', '\\\\\\|'],
  ] as const) {
    it(`does not let a name from outside become ${what}`, () => assert.equal(escapeCell(text), safe))
  }
})
