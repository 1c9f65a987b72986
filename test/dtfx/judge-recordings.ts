import assert from 'node:assert/strict'
import { startAzurite, type Azurite } from '../support/azurite.ts'
import { differences } from './check-look.ts'
import { partitionCounts, type Line } from './lines.ts'
import { loadRecording } from './load-recording.ts'
import { readRecording, recordingFile, recordingsOf } from './recording.ts'
import { situationsOf } from './situations/all.ts'
import { expectedOf } from './situations/situation.ts'

/** Declares the tests of a line; each line has a test file of its own, so that they run side by side. */
export function judgeRecordings(line: Line): void {
  describe(`a hub that ${line} wrote`, () => {
    let azurite: Azurite
    before(async function () {
      this.timeout(20_000)
      azurite = await startAzurite()
    })
    after(() => azurite.stop())

    for (const file of recordingsOf(line)) {
      const { situation, what, partitions } = readRecording(file)
      it(`is judged right with ${what} (${situation}, ${partitions} partitions)`, async () => {
        const recording = readRecording(file)
        await loadRecording(azurite.connectionString, recording)
        const wrong = []
        for (const expected of recording.expected)
          wrong.push(...(await differences(azurite.connectionString, expected, recording.tracking)))
        assert.deepEqual(wrong, [])
      })
    }

    for (const { name, what, expected, expectedOfOther } of situationsOf(line)) {
      it(`was recorded with ${what}, and what is expected of it has not changed since`, () => {
        const wanted = [expected, ...(expectedOfOther ? [expectedOfOther] : [])].map((each) => expectedOf(each, line))
        for (const partitions of partitionCounts) {
          const recorded = readRecording(recordingFile(line, name, partitions)).expected
          assert.deepEqual(
            recorded.map(({ hub: _, ...rest }) => rest),
            wanted,
          )
        }
      })
    }
  })
}
