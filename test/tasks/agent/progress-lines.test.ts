import assert from 'node:assert/strict'
import { ProgressLines } from '../../../tasks/agent/progress-lines.ts'

describe('lines about progress in the log', () => {
  const printed = (...said: (readonly [number, string])[]): string[] => {
    const lines: string[] = []
    const progress = new ProgressLines()
    for (const [seconds, text] of said) progress.say(text, (line) => lines.push(line), seconds * 1000)
    return lines
  }

  it('begin with the first', () => assert.deepEqual(printed([0, 'a']), ['a']))

  it('say something new after ten seconds at the earliest', () => {
    assert.deepEqual(printed([0, 'a'], [9, 'b'], [10, 'c']), ['a', 'c'])
  })

  it('say the same again after a minute', () => {
    assert.deepEqual(printed([0, 'a'], [15, 'a'], [59, 'a'], [60, 'a']), ['a', 'a'])
  })
})
