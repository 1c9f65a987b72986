// The clients of the bench as it runs them: bundled, each a process of its own, against the bundled server.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle, clients } from '../../../bench/idle-proof/bundle.ts'
import { clientRunner, type ClientRunner } from '../../../bench/idle-proof/run-client.ts'
import { startServerProcess, type ServerProcess } from '../../../bench/idle-proof/server-process.ts'

const rows = 3000

describe('a client of the bench', () => {
  let folder: string
  let server: ServerProcess
  let run: ClientRunner

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-clients-'))
    const scripts = await bundle(folder)
    const options = { hub: 'SmallHub', shape: 'serial', rows, seed: 4, delayMs: 0, emptyOneIn: 2 } as const
    server = await startServerProcess(scripts.server, options)
    run = clientRunner(scripts.client, 'SmallHub')
  })
  after(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  for (const client of clients.filter((name) => name !== 'polls')) {
    it(`says what is true, and what it cost: ${client}`, async () => {
      await server.inFlight([])
      const idle = await run(client, server)
      assert.equal(idle.verdict, 'idle', idle.because)
      assert.ok(idle.rowsScanned >= rows && idle.requests >= rows / 1000)
      assert.ok(idle.wallMs > 0 && idle.processorMs > 0 && idle.memoryMb > 20 && idle.bytes > 0)
      await server.inFlight([1234])
      const busy = await run(client, server)
      assert.equal(busy.verdict, 'busy', busy.because)
    })
  }

  it('looks as often as it is told while the hub stays busy', async () => {
    await server.inFlight([5, 1500])
    const { looks, verdict } = await run('polls', server, 7)
    assert.deepEqual({ looks, verdict }, { looks: 7, verdict: 'busy' })
  })
})
