import assert from 'node:assert/strict'

import { parseLoggingCommand } from '../../../pipeline-runner/agent/logging-command.ts'

describe('A logging command', () => {
  const parsed: [name: string, line: string, event: string, properties: Record<string, string>, data: string][] = [
    [
      'is read with its properties and text',
      '##vso[task.setvariable variable=a;isOutput=true;]b',
      'task.setvariable',
      { variable: 'a', isoutput: 'true' },
      'b',
    ],
    ['may stand in the middle of a line', 'hello ##vso[task.debug]x', 'task.debug', {}, 'x'],
    [
      'is found whatever its case',
      '##vso[Task.Complete result=Failed;]no',
      'task.complete',
      { result: 'Failed' },
      'no',
    ],
    [
      'has its escapes taken back',
      '##vso[task.setvariable variable=a%3Bb%5Dc;]1%0D%0A2%AZP253B',
      'task.setvariable',
      { variable: 'a;b]c' },
      '1\r\n2%3B',
    ],
    ['loses a property without a value', '##vso[task.issue type=;code=7]x', 'task.issue', { code: '7' }, 'x'],
    ['keeps an equals sign in a value', '##vso[task.issue code=a=b]x', 'task.issue', { code: 'a=b' }, 'x'],
  ]
  for (const [name, line, event, properties, data] of parsed) {
    it(name, () => {
      const command = parseLoggingCommand(line)
      assert.equal(`${command?.area}.${command?.event}`, event)
      assert.deepEqual(command?.properties, properties)
      assert.equal(command.data, data)
    })
  }

  for (const line of ['', 'plain', '##vso[task.debug', '##vso[task]x', '##vso[a.b.c]x', '##[error]x']) {
    it(`is not seen in '${line}'`, () => assert.equal(parseLoggingCommand(line), undefined))
  }
})
