import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateLog } from '../../app-mode/src/state-log.ts'
import { stateLog } from '../../app-mode/src/state-log.ts'

describe('the state in a directory', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'app-mode-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

  const open = (): StateLog => stateLog(directory, randomUUID)

  it('is Normal at first', async () => {
    assert.deepEqual(await open().read(), { epoch: 0 })
  })

  it('loses no change of those that are made at once', async () => {
    const logs = Array.from({ length: 4 }, open)
    await Promise.all(
      logs.map(async (log) => {
        for (let at = 0; at < 25; at++) await log.change(({ epoch }) => ({ epoch: epoch + 1 }))
      }),
    )
    assert.deepEqual(await open().read(), { epoch: 100 })
    const left = await readdir(join(directory, 'states'))
    assert.deepEqual(
      left.filter((name) => name.startsWith('.')),
      [],
      'no draft is left behind',
    )
  })

  it('is not written where nothing changes, nor where the change is refused', async () => {
    const log = open()
    await log.change((state) => state)
    await assert.rejects(
      log.change(() => assert.fail('no')),
      /no/,
    )
    assert.deepEqual(await readdir(join(directory, 'states')), [])
  })

  it('is what the other process wrote, for the one that changes it next', async () => {
    const seen: number[] = []
    await open().change(() => ({ epoch: 5, prepared: { generation: 'run-1', until: 9 } }))
    await open().change((state) => {
      seen.push(state.epoch)
      return { epoch: 6 }
    })
    assert.deepEqual(seen, [5])
  })
})
