import assert from 'node:assert/strict'
import { neutralise, neutraliseMarkers, remoteText } from '../../core/remote-text.ts'

describe('text from outside', () => {
  for (const [text, plain] of [
    ['##vso[task.complete]x', '# #vso[task.complete]x'],
    ['a ##VSO[x] ##[error]y', 'a # #VSO[x] # #[error]y'],
    ['one\r\ntwo\u2028three\u0007', 'one two three '],
    ['##\u200bvso[x]', '## vso[x]'],
    ['###[x]', '## #[x]'],
  ] as const) {
    it(`is harmless: ${JSON.stringify(text)}`, () => assert.equal(neutralise(text), plain))
  }
  it('may keep its lines', () => assert.equal(neutraliseMarkers('a\n##[error]b'), 'a\n# #[error]b'))
  it('is cut, never through a character', () => {
    assert.equal(remoteText('x'.repeat(400)).length, 301)
    assert.equal(remoteText(`${'x'.repeat(299)}😀tail`), `${'x'.repeat(299)}…`)
  })
})
