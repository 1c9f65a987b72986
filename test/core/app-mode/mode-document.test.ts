import assert from 'node:assert/strict'
import { readModeDocument } from '../../../core/app-mode/mode-document.ts'

const good = {
  protocol: 1,
  mode: 'PreparingForStop',
  generation: 'run-1',
  until: '2026-11-21T10:10:00.000Z',
  inProgress: 2,
  scope: 'app',
  members: 3,
  stashed: 0,
  failedStashes: 0,
}
const normal = { ...good, mode: 'Normal', generation: null, until: null }

describe('a mode document', () => {
  it('is read with every field, and with others that nobody knows', () => {
    assert.deepEqual(readModeDocument({ ...good, region: 'west' }), {
      mode: 'PreparingForStop',
      generation: 'run-1',
      until: new Date('2026-11-21T10:10:00Z'),
      inProgress: 2,
      scope: 'app',
      members: 3,
      stashed: 0,
      failedStashes: 0,
    })
    const read = readModeDocument(normal)
    assert.ok(!('problem' in read) && read.generation === undefined && read.until === undefined)
  })

  for (const field of Object.keys(good)) {
    it(`is none without '${field}'`, () => {
      const { [field as 'mode']: _, ...rest } = good
      assert.ok('problem' in readModeDocument(rest))
    })
    for (const value of [true, -1, 1.5, '7', [], {}, 'safetostop', 'run 1', '2026-11-21']) {
      it(`is none where '${field}' is ${JSON.stringify(value)}`, () => {
        const read = readModeDocument({ ...good, [field]: value })
        assert.ok(
          'problem' in read ||
            (field === 'generation' && ['7', 'safetostop', '2026-11-21'].includes(JSON.stringify(value).slice(1, -1))),
        )
      })
    }
  }

  const wrong: [string, unknown][] = [
    ['null', null],
    ['a list', [good]],
    ['a text', 'SafeToStop'],
    ['Normal with a generation', { ...normal, generation: 'run-1' }],
    ['prepared without a generation', { ...good, generation: null }],
    ['safe with something in progress', { ...good, mode: 'SafeToStop' }],
    ['of no process', { ...good, members: 0 }],
    ['of a time that does not exist', { ...good, until: '2026-13-41T10:10:00Z' }],
    ['of another protocol', { ...good, protocol: 2 }],
  ]
  for (const [what, json] of wrong) it(`is none: ${what}`, () => assert.ok('problem' in readModeDocument(json)))
})
