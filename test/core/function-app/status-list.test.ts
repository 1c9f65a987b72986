import assert from 'node:assert/strict'
import { parseStatusList, statusIsIn } from '../../../core/function-app/status-list.ts'

describe('a list of statuses', () => {
  const read: [string, string, { from: number; to: number }[]][] = [
    ['is one code', '200', [{ from: 200, to: 200 }]],
    [
      'is codes and ranges',
      '200-299,401',
      [
        { from: 200, to: 299 },
        { from: 401, to: 401 },
      ],
    ],
    [
      'may hold blanks',
      ' 200 - 299 , 401 ',
      [
        { from: 200, to: 299 },
        { from: 401, to: 401 },
      ],
    ],
    ['may span all codes', '100-599', [{ from: 100, to: 599 }]],
    ['may be a range of one', '204-204', [{ from: 204, to: 204 }]],
  ]
  for (const [name, text, ranges] of read) {
    it(name, () => assert.deepEqual(parseStatusList(text), { kind: 'list', ranges }))
  }

  for (const text of [
    '',
    ',',
    '200,',
    '20',
    '099',
    '600',
    '2xx',
    '200-',
    '-200',
    '200..299',
    '200;201',
    '0200',
    '+200',
    '٢٠٠',
  ]) {
    it(`is not '${text}'`, () => {
      const answer = parseStatusList(text)
      assert.equal(answer.kind, 'problem')
      assert.match(answer.problem, /is not a status.*'200-299,401'/)
    })
  }

  it('has no range that runs backwards', () => {
    const answer = parseStatusList('299-200')
    assert.equal(answer.kind, 'problem')
    assert.match(answer.problem, /'299-200' is a range that runs backwards/)
  })

  it('counts both ends of a range', () => {
    assert.deepEqual(
      [199, 200, 299, 300].map((status) => statusIsIn(status, [{ from: 200, to: 299 }])),
      [false, true, true, false],
    )
  })
})
